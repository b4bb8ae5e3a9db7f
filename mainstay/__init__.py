"""What Mainstay knows: pure values, and decisions that return reasons. No I/O, no clock, no environment, no prefect."""
