"""Steps: one file per thing touched; a task observes or changes one thing, through a door."""
