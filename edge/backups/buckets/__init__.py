"""The doors of the buckets that systems write to: listed, read, and filled again."""
