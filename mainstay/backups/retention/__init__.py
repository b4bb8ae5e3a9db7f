"""Which sets stay, which go and when, who lets them go, and what forbids it."""
