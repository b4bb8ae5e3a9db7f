"""What a written word may look like, and what to write instead. Editors get the pattern, people the sentence."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

CLIMBS = "climbs"

_PORT = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5]?[0-9]{1,4})"


@dataclass(frozen=True)
class Shape:
    pattern: str
    must: str
    write: Callable[[str], str]  # from what was written to what should have been


def _as_word(written: str) -> str:
    word = re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-0123456789")
    return f'"{word or "web"}"'


def _as_web_path(written: str) -> str:
    return '"/' + "%20".join(written.split()).lstrip("/") + '"'


WORD = Shape(
    r"^[a-z][a-z0-9-]{0,39}$",
    "must be a word of small letters, digits and dashes that begins with a letter and has at most 40 of them",
    _as_word,
)
VARIABLE = Shape(
    r"^[A-Za-z_][A-Za-z0-9_]*$",
    "must be a name an environment variable can have",
    lambda written: f'"{re.sub(r"[^A-Za-z0-9]+", "_", written).strip("_").upper() or "NAME"}"',
)
WEB_PATH = Shape(r"^/\S*$", 'must start with "/" and hold no space', _as_web_path)
WEB_ADDRESS = Shape(
    r"^https?://[A-Za-z0-9\[][^\s/@]*(/\S*)?$",
    "must be a web address",
    lambda written: f'"http://{written}"' if re.fullmatch(r"[\w.-]+:\d+", written) else '"https://shop.example.com"',
)
PLACE = Shape(
    r"^(/|\{home\}/)\S*$",
    'must be an absolute path without spaces, or begin with "{home}/"',
    lambda written: '"/' + "-".join(written.split()).lstrip("/") + '"',
)
INSIDE = Shape(
    r"^[^/\s]\S*$",
    "must be a path inside the source, so it cannot begin with a slash or hold a space",
    lambda written: f'"{"-".join(written.split()).lstrip("/") or "."}"',
)
MACHINE = Shape(
    r"^(local|ssh://[A-Za-z_][A-Za-z0-9_.-]*@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9a-fA-F:]+\])(:" + _PORT + r")?)$",
    'must be "local" or an address for SSH',
    lambda written: '"local"' if "local" in written.lower() else '"ssh://user@host:22"',
)
REFERENCE = Shape(
    r"^(env://[A-Za-z_{][A-Za-z0-9_{}]*|file://(/|\{home\}/)\S+|(block|vault|ssm|awssm|age)://\S+)$",
    "must be a reference to where the secret lies, never the secret itself",
    lambda _: "env://NAME or file:///path (also known: block, vault, ssm, awssm, age)",
)
WEBHOOK = Shape(
    REFERENCE.pattern[:-2] + r"|https?://[A-Za-z0-9\[][^\s/@]*(/\S*)?)$",
    "must be a web address, or a reference to where it lies",
    lambda _: "https://hooks.example.com/mainstay, env://NAME or file:///path",
)
MAIL_SERVER = Shape(
    REFERENCE.pattern[:-2] + r"|[A-Za-z0-9][A-Za-z0-9.-]*:" + _PORT + ")$",
    "must be a mail server with its port, or a reference to where it lies",
    lambda written: f'"{written}:587"' if re.fullmatch(r"[\w.-]+", written) else '"mail.example.com:587"',
)
MAILBOX = Shape(r"^[^@\s]+@[^@\s]+$", "must be a mail address", lambda _: '"ops@example.com"')
BUCKET = Shape(
    r"^s3://[a-z0-9{][a-z0-9.{}_-]+(/\S*)?$",
    "must be the address of a bucket",
    lambda written: f'"s3://{written}"' if re.fullmatch(r"[a-z0-9][a-z0-9.-]+", written) else '"s3://bucket/prefix"',
)
REPOSITORY = Shape(
    r"^(https://|ssh://|file:///|/|\{home\}/|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:)\S+$",
    "must be an address git can clone from",
    lambda written: f'"https://{written}"' if "." in written.partition("/")[0] else '"https://example.com/shop.git"',
)
BRANCH = Shape(
    r"^[A-Za-z0-9][A-Za-z0-9._/-]*$",
    "must be the name of a branch",
    lambda written: f'"{"-".join(re.findall(r"[A-Za-z0-9._/-]+", written)).lstrip("._/-") or "main"}"',
)
SLOT_NAME = Shape(
    r"^[a-z0-9_{][a-z0-9_{}]{0,62}$",
    "must be a name PostgreSQL takes for a replication slot: small letters, digits and underscores",
    lambda written: f'"{re.sub(r"[^a-z0-9]+", "_", written.lower()).strip("_")[:63] or "mainstay"}"',
)
INSTANCE = Shape(
    r"^[A-Za-z{][A-Za-z0-9{}_-]{0,80}$",
    "must be the name of an instance of RDS: letters, digits and hyphens",
    lambda written: f'"{re.sub(r"[^A-Za-z0-9{}]+", "-", written.partition(".")[0]).strip("-0123456789") or "shop"}"',
)
REGION = Shape(
    r"^[a-z]{2}(-[a-z]+)+-[0-9]{1,2}$",
    "must be a region of the provider",
    lambda written: f'"{written[:-1]}"' if re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d[a-f]", written) else '"eu-central-1"',
)
STANZA = Shape(
    r"^[A-Za-z0-9_{][A-Za-z0-9_{}.-]{0,80}$",
    "must be the name of a stanza: letters, digits, hyphens and underscores",
    lambda written: f'"{re.sub(r"[^A-Za-z0-9{}]+", "-", written).strip("-") or "main"}"',
)
UNIX_USER = Shape(
    r"^[a-z_][a-z0-9_-]{0,31}$",
    "must be the name of a user of this machine",
    lambda written: f'"{re.sub(r"[^a-z0-9_-]+", "", written.lower()).lstrip("-0123456789") or "postgres"}"',
)

SIGNING_KEY = Shape(
    r"^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}( [^\r\n]*)?$",
    "must be the public half of an ed25519 key, in one line",
    lambda _: "the line that lies in keys/writer.pub of the home of the machine that takes the sets",
)
SEALING_KEY = Shape(
    r"^age1[02-9ac-hj-np-z]{58}$",
    "must be the public half of an age key, never the secret one",
    lambda _: "the word that begins with age1, from keys/proving.pub or keys/recovery.pub of the home",
)

_ALL = (WORD, VARIABLE, WEB_PATH, WEB_ADDRESS, PLACE, INSIDE, MACHINE, REFERENCE, WEBHOOK, MAIL_SERVER, MAILBOX)
_NAMES = (BUCKET, REPOSITORY, BRANCH, SLOT_NAME, INSTANCE, REGION, STANZA, UNIX_USER)
SHAPES = {shape.pattern: shape for shape in (*_ALL, *_NAMES, SIGNING_KEY, SEALING_KEY)}


def _stays_inside(path: str) -> str:
    if ".." in path.split("/"):
        raise PydanticCustomError(CLIMBS, "climbs out of its folder")
    return path


SECRET = {"writeOnly": True}  # JSON Schema's own word for it; such a value is never shown back

Word = Annotated[str, Field(pattern=WORD.pattern)]
Variable = Annotated[str, Field(pattern=VARIABLE.pattern)]
WebPath = Annotated[str, Field(pattern=WEB_PATH.pattern)]
WebAddress = Annotated[str, Field(pattern=WEB_ADDRESS.pattern)]
Place = Annotated[str, Field(pattern=PLACE.pattern), AfterValidator(_stays_inside)]
Inside = Annotated[str, Field(pattern=INSIDE.pattern), AfterValidator(_stays_inside)]
Machine = Annotated[str, Field(pattern=MACHINE.pattern)]
Reference = Annotated[str, Field(pattern=REFERENCE.pattern, json_schema_extra=SECRET)]
Webhook = Annotated[str, Field(pattern=WEBHOOK.pattern, json_schema_extra=SECRET)]
MailServer = Annotated[str, Field(pattern=MAIL_SERVER.pattern)]
Mailbox = Annotated[str, Field(pattern=MAILBOX.pattern)]
BucketAddress = Annotated[str, Field(pattern=BUCKET.pattern)]
Repository = Annotated[str, Field(pattern=REPOSITORY.pattern)]
Branch = Annotated[str, Field(pattern=BRANCH.pattern)]
SlotName = Annotated[str, Field(pattern=SLOT_NAME.pattern)]
InstanceName = Annotated[str, Field(pattern=INSTANCE.pattern)]
StanzaName = Annotated[str, Field(pattern=STANZA.pattern)]
UnixUser = Annotated[str, Field(pattern=UNIX_USER.pattern)]
Region = Annotated[str, Field(pattern=REGION.pattern)]
SigningKey = Annotated[str, Field(pattern=SIGNING_KEY.pattern)]
SealingKey = Annotated[str, Field(pattern=SEALING_KEY.pattern)]
Text = Annotated[str, Field(min_length=1)]
Argv = Annotated[tuple[str, ...], Field(min_length=1)]  # words, never a line of shell
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
