"""What is known of PostgreSQL's dumps: what is in one, whether it is whole, and what of it is restored alone."""
