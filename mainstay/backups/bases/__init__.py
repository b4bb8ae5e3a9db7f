"""What is known of physical copies of a cluster: what is taken next, and of what one is made anew."""
