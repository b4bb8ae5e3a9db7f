"""What is known of a database's write-ahead log: places in it, what was shipped, where it broke, what may go."""
