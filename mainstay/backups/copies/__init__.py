"""A second store of sets, and what keeps the sets in any store from being deleted."""
