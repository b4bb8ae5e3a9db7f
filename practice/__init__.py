"""A one-machine site to practise on. Imports nothing of ours."""
