"""The store: what must survive. One door, several kinds of place behind it."""
