"""The doors of folders: looked at, read and laid out, and what this machine remembers of them."""
