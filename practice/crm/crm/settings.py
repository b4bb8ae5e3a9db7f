"""What a process of the CRM is started with: its environment, read once, in one place."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """Who answers: stands in the headers of every answer and in the record of every job."""

    color: str
    release: str


@dataclass(frozen=True)
class Settings:
    database: str
    secret: bytes
    uploads: Path
    title: str
    identity: Identity


def read_settings(color: str | None) -> Settings:
    uploads = Path(needed("UPLOADS", "the folder that attachments are kept in"))
    return Settings(
        database=database_address(),
        secret=needed("SECRET_KEY", "any long random text; it signs the cookies of who is logged in").encode(),
        uploads=uploads,
        title=os.environ.get("PRACTICE_TITLE", "Practice"),
        identity=read_identity(color),
    )


def read_identity(color: str | None) -> Identity:
    said = color or os.environ.get("MAINSTAY_COLOR", "")
    return Identity(said or "none", os.environ.get("MAINSTAY_RELEASE", "") or "none")


def database_address() -> str:
    return needed("DATABASE_URL", "postgresql://user:password@host:port/name")


def needed(name: str, what: str) -> str:
    word = os.environ.get(name, "")
    if not word:
        raise SystemExit(f"{name} is not set, so the CRM cannot start. Set it in the environment: {what}.")
    return word
