"""What is known of Redis: where it is, whether its snapshot is whole, and which keys a restore brings back."""
