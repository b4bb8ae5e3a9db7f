"""The doors of the write-ahead log: received beside its server, on this machine for a while, and in the store."""
