"""A whole installation shows what it promises, with real releases, real traffic and a real kill, and measures it.

It lives in a home of its own that is removed at the end, and touches nothing else on this machine.
"""
