"""The doors of physical copies: taken with pg_basebackup, laid out, started, and replayed to any moment."""
