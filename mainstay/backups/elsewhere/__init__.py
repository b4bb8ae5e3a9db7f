"""What is known of physical copies that others keep: a set names them and holds nothing of them."""
