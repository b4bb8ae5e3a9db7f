"""What is known of folders and of the plain tars that are made of them."""
