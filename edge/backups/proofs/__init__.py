"""The doors of proofs: a restored database is asked, sets are read back, and every try is remembered."""
