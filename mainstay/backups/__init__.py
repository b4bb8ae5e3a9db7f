"""What a set is made of, what restoring it needs, which may go: all that can be known without touching anything."""
