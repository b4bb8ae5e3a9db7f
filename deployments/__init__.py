"""How runs begin: bootstrap, automations, the command line."""
