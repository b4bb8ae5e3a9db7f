"""How it is known that a set can be restored: what is tried next, what is asked of it, and what people hear."""
