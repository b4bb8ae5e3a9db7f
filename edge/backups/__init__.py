"""The doors of backups: what is read, how it is sealed, where it is kept."""
