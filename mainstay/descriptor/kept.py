"""What a system keeps and must not lose: its database, Redis, buckets and files."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from mainstay.descriptor.service import Described
from mainstay.descriptor.shapes import (
    Argv,
    BucketAddress,
    Inside,
    InstanceName,
    Place,
    Reference,
    Region,
    Seconds,
    SlotName,
    StanzaName,
    Text,
    UnixUser,
    WebAddress,
)

MigrationKind = Literal["expand", "contract", "data"]


class Migration(Described):
    """How the schema moves. Blue-green takes only `expand`: the old color must live with it."""

    argv: Argv = Field(description="moves the schema to what this release needs", examples=[["npm", "run", "migrate"]])
    head: Argv | None = Field(None, description="prints which migration the database is at")
    sql: Argv | None = Field(None, description="prints the SQL that is still to run, so that its kind can be checked")
    directory: Inside = Field(".", description="where these commands run, inside the unpacked artifact")
    kind: MigrationKind = Field("expand", description="what the migrations are, unless a release says otherwise")
    lock_timeout_seconds: Seconds = Field(3, description="a statement that waits longer for a lock gives way to users")
    deadline_seconds: Seconds = Field(900, description="a migration that takes longer is ended")


class Tenants(Described):
    """Where every customer has a schema or database of his own, each is migrated and restored alone."""

    each: Literal["schema", "database"] = Field(description="what a tenant has", examples=["schema"])
    query: Text = Field(
        description="lists them, one name a row; a database is on the same server, and is called so there",
        examples=["select name from tenants where active order by name"],
    )


class Stream(Described):
    """The write-ahead log of the database is received as it is written, so that any moment of it can be restored."""

    address: Reference | None = Field(
        None, description="where the address of a user with REPLICATION lies; without it the database's own"
    )
    replication_slot: SlotName = Field(
        "mainstay_{environment}", description="the name under which the server keeps what we have not received yet"
    )
    most_held_megabytes: int = Field(
        4096,
        ge=64,
        description="so much the server may keep for us on its own disk before we give it up and begin anew",
    )


class Login(Described):
    """Who we are to somebody else's server."""

    user: Reference = Field(description="where the name lies", examples=["env://MAIL_USER"])
    password: Reference = Field(description="where the password lies", examples=["file:///etc/mainstay/mail-password"])


class Snapshots(Described):
    """Snapshots that a provider makes of its managed server (Amazon RDS), beside the dump of every full set."""

    instance: InstanceName = Field(description="the instance, as RDS calls it", examples=["shop-{environment}"])
    region: Region = Field(description="where it is", examples=["eu-central-1"])
    endpoint: WebAddress | None = Field(None, description="a server that speaks as RDS does and is not Amazon's")
    login: Login | None = Field(
        None, description="access key and secret key; without it the machine's own role is used"
    )


class PgBackRest(Described):
    """Physical backups by pgBackRest on this machine, beside the dumps. Its repository and retention are its own."""

    stanza: StanzaName = Field(description="the database, as pgBackRest calls it", examples=["shop-{environment}"])
    config: Place | None = Field(None, description="its file of settings, if it lies where it does not look itself")
    user: UnixUser = Field("postgres", description="as whom it runs: whoever runs PostgreSQL")


class Database(Described):
    """PostgreSQL. One for each environment."""

    address: Reference = Field(
        description="where its address with user and password lies", examples=["env://SHOP_DATABASE_{environment}"]
    )
    migration: Migration | None = Field(None, description="how its schema moves with a release")
    stream: Stream | None = Field(None, description="to restore any moment; without it only those of dumps")
    snapshots: Snapshots | None = Field(None, description="if it is a managed server: snapshots beside the dumps")
    pgbackrest: PgBackRest | None = Field(None, description="physical backups by pgBackRest beside the dumps")
    tenants: Tenants | None = Field(None, description="if every customer has a schema or database of his own")
    invariants: Mapping[Text, Text] = Field(
        {},
        description="what must hold in every restored copy, each with a query for the rows for which it does not",
        examples=[{"every deal has a contact": "select id from deals where contact is null"}],
    )


class Redis(Described):
    """Sessions, queues and caches."""

    address: Reference = Field(description="where its address lies", examples=["env://SHOP_REDIS_{environment}"])
    flush: tuple[Text, ...] = Field(
        (), description="prefixes of keys that a restore leaves out", examples=[["session:", "cache:"]]
    )


class Bucket(Described):
    """Object storage the system writes to."""

    address: BucketAddress = Field(
        description="the bucket, and the prefix if it is not all ours", examples=["s3://shop-{environment}"]
    )
    endpoint: WebAddress | None = Field(None, description="an S3 server that is not Amazon's")
    login: Login | None = Field(
        None, description="access key and secret key; without it the machine's own role is used"
    )


class Files(Described):
    """A folder the system writes to, on the hosts that run it."""

    path: Place = Field(description="the folder", examples=["/srv/shop/{environment}/uploads"])
    excludes: tuple[Text, ...] = Field((), description="patterns of names that may be lost")
    references: Text | None = Field(
        None,
        description="a query for what rows refer to: a path below the folder, and if there is one, its sha256",
        examples=["select path, sha256 from documents"],
    )
