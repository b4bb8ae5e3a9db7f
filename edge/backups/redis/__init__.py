"""The doors of Redis: its snapshot taken as a replica takes it, and brought back key by key."""
