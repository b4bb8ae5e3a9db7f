"""The doors through which sets leave a store, and what keeps them in it."""
