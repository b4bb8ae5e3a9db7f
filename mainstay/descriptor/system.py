"""A system as its owner describes it: what it is, what it runs, what it keeps, where it lives, whom to tell."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mainstay.descriptor.environment import Configuration, Environment
from mainstay.descriptor.kept import Bucket, Database, Files, Login, Redis
from mainstay.descriptor.service import Described, HttpService, Ports, Service
from mainstay.descriptor.shapes import (
    Argv,
    Branch,
    Inside,
    Mailbox,
    MailServer,
    Reference,
    Repository,
    Seconds,
    Text,
    Webhook,
    Word,
)
from mainstay.errors import BadInput


class Source(Described):
    """Where the code comes from, and which branch goes where."""

    repository: Repository = Field(description="what git clones", examples=["https://example.com/shop.git"])
    branches: Mapping[Branch, Word] = Field(
        min_length=1, description="a push to the branch goes to the environment", examples=[{"main": "production"}]
    )
    key: Reference | None = Field(None, description="where the deploy key lies, if the repository is not public")
    webhook_secret: Reference | None = Field(None, description="where the secret lies that signs GitHub's pushes")


class Image(Described):
    """A container image built from the source."""

    repository: Text = Field(
        description="its name in the registry, without a tag: releases go by digest",
        examples=["registry.example.com/shop/web"],
    )
    dockerfile: Inside = Field("Dockerfile", description="how it is built")
    context: Inside = Field(".", description="the folder that is sent to the builder")
    login: Login | None = Field(None, description="who we are to the registry")


class Build(Described):
    """From source to artifact. Its commands see no secret and change only their scratch directory."""

    stages: Mapping[Word, Argv] = Field(
        {}, description="commands in words, run in this order; the first that fails ends the build"
    )
    artifact: tuple[Inside, ...] = Field((".",), min_length=1, description="what of the result is shipped")
    images: Mapping[Word, Image] = Field({}, description="container images, by a name services use")
    deadline_seconds: Seconds = Field(1800, description="a stage that takes longer is ended")


class Mail(Described):
    """Notices by mail."""

    to: tuple[Mailbox, ...] = Field(min_length=1, description="who gets them", examples=[["ops@example.com"]])
    sender: Mailbox = Field(description="from whom they come", examples=["mainstay@example.com"])
    server: MailServer = Field(
        description="host:port, or a reference to where that lies", examples=["mail.example.com:587"]
    )
    login: Login | None = Field(None, description="who we are to the mail server")


class Notices(Described):
    """Whom to tell, and how. A notice that cannot be delivered becomes an alarm."""

    language: Literal["en", "ru"] = Field("en", description="in which language")
    webhooks: tuple[Webhook, ...] = Field((), description="addresses that take a JSON POST, or references to them")
    mail: Mail | None = Field(None, description="notices by mail")


class System(Described):
    """One web application a company lives on."""

    name: Word = Field(description="becomes keys and folders; the file is called like it", examples=["shop"])
    contacts: Mapping[Word, Text] = Field({}, description="whom to call, by role")
    source: Source = Field(
        description="where the code comes from",
        examples=[{"repository": "https://example.com/shop.git", "branches": {"main": "production"}}],
    )
    build: Build = Field(Build(), description="how source becomes an artifact")
    services: Mapping[Word, Service] = Field(
        min_length=1,
        description="what runs, by name: with `ports` and `health`, or without HTTP and with a `heartbeat`",
        examples=[
            {"web": {"start": ["node", "server.js"], "ports": {"blue": 8101, "green": 8102}, "health": "/health"}}
        ],
    )
    configuration: Configuration = Field(
        {}, description="variables every service starts with: plain text, or references for what is secret"
    )
    database: Database | None = Field(None, description="its PostgreSQL")
    redis: Redis | None = Field(None, description="its Redis")
    buckets: Mapping[Word, Bucket] = Field({}, description="object storage it writes to, by name")
    files: Mapping[Word, Files] = Field({}, description="folders it writes to, by name")
    environments: Mapping[Word, Environment] = Field(
        min_length=1,
        description="where it runs",
        examples=[{"production": {"hosts": {"main": {"address": "local"}}}}],
    )
    notices: Notices = Field(Notices(), description="whom to tell, and how")

    @property
    def streams(self) -> bool:
        """The log of its database is to leave its host as it is written."""
        return self.database is not None and self.database.stream is not None

    def at(self, environment: str) -> Environment:
        if environment not in self.environments:
            known = ", ".join(sorted(self.environments))
            raise BadInput(f"{self.name} has no environment {environment!a}. Known: {known}. Use one of them.")
        return self.environments[environment]

    def ports(self, environment: str, service: str) -> Ports | None:
        """Where a service listens in an environment; None: it does not answer HTTP."""
        found = self.services[service]
        own = found.ports if isinstance(found, HttpService) else None
        return self.environments[environment].ports.get(service, own)

    def variables(self, environment: str) -> dict[str, str]:
        """What every service starts with there: plain texts and references, nothing resolved."""
        return {**self.configuration, **self.environments[environment].configuration}
