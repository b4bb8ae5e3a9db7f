"""The steps of backups: sets are taken, copied, proven, restored, and let go."""
