"""The doors to physical copies that others keep: snapshots of a managed server, the backups of pgBackRest."""
