"""A process that looks at a site as its users do, all the while a change goes on. It knows nothing of the change."""
