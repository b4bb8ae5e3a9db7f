"""The steps of physical copies that others keep: named by a set, let go after it, brought back."""
