"""The doors to a second store of sets, and to what keeps sets from being deleted."""
