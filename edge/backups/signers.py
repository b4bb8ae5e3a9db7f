"""Whose word counts for the sets and the log of an environment: those whom its descriptor names, else this machine."""

from edge.backups.keyring import keyring
from edge.settings import Settings
from edge.systems import read_system


def signers_of(settings: Settings, system: str, environment: str) -> str:
    """Their public keys, a line each."""
    return keyring(settings.home).may_sign(read_system(settings, system).at(environment).backups.keys)
