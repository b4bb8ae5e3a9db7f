"""The doors of logical copies: taken with pg_dump, restored with pg_restore, tried in a database to throw away."""
