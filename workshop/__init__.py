"""What builds, tests and starts the house before anything is installed: the standard library only."""
