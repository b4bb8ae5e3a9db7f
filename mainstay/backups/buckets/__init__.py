"""What is known of the buckets that systems write to: where they are, and what their keys are called in a tar."""
