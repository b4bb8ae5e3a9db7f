"""Where a store can be, as a person writes it, and how a long object is cut for a bucket."""

import re
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from mainstay import keys
from mainstay.errors import BadInput

STORE, BACKUPS, COPY = "MAINSTAY_STORE", "MAINSTAY_BACKUPS", "MAINSTAY_BACKUPS_COPY"  # what names the three places
Source = Literal["first", "copy"]  # from which of the two stores of sets something is read
MEBIBYTE = 1024 * 1024
EQUAL_PARTS = 5_000  # some servers want all parts equal: the first 40 GiB of an object are
MOST_PARTS = 10_000  # no S3 server takes more

_USUAL_PORTS = {"http": ":80", "https": ":443"}
_AMAZON = re.compile(r"s3[a-z0-9.-]*\.amazonaws\.com")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")


@dataclass(frozen=True)
class Directory:
    path: PurePath

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True)
class Bucket:
    name: str
    prefix: str  # without a slash at either end; may be empty
    endpoint: str | None  # an S3 server that is not Amazon's
    profile: str | None = None  # whose keys are used, by the name they have in Amazon's own files

    def __str__(self) -> str:
        place = f"s3://{self.name}/{self.prefix}" if self.prefix else f"s3://{self.name}"
        return f"{place} at {self.endpoint}" if self.endpoint else place


def read_place(
    address: str, endpoint: str | None = None, *, setting: str = STORE, profile: str | None = None
) -> Directory | Bucket:
    """The place an address means, also when it is one we have shown ourselves. Never one that holds a password.
    ``setting``: the word of the environment that a person should mend.
    """
    if "://" not in address:
        return _directory(address, setting)
    place, _, shown_endpoint = address.partition(" at ")
    return replace(_bucket(urlsplit(place), endpoint or shown_endpoint or None, setting), profile=profile)


def refuse_one_place(first: Directory | Bucket, copy: Directory | Bucket) -> None:
    """What hits the one would hit the other. Two prefixes of a bucket are deleted, locked and paid for together."""
    if isinstance(first, Directory) and isinstance(copy, Directory):
        same = first.path.is_relative_to(copy.path) or copy.path.is_relative_to(first.path)
        better = "another disk, or better another provider"
    else:
        same = isinstance(first, Bucket) and isinstance(copy, Bucket) and one_bucket(first, copy)
        better = "another bucket, or better another provider; another prefix of the same bucket is not enough"
    if same:
        raise BadInput(
            f"{COPY}: {copy} is no second place beside {first}, where the sets are: what hits the one hits the other."
            f" Nothing was done. Name {better}."
        )


def one_bucket(one: Bucket, other: Bucket) -> bool:
    """Whatever the prefix, and however the server's address is written."""
    return (one.name, _server(one.endpoint)) == (other.name, _server(other.endpoint))


def _server(endpoint: str | None) -> str | None:
    """None: Amazon, also by its own address, where each name is given once. http and https lead to one server."""
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    host = parts.netloc.lower().removesuffix(_USUAL_PORTS.get(parts.scheme, ""))
    return None if _AMAZON.fullmatch(host) else host


def part_bytes(number: int) -> int:
    """The size of part 1, 2, …: 8 MiB, then larger, so that 10,000 parts hold 660 GiB and memory stays bounded."""
    return 8 * MEBIBYTE if number <= EQUAL_PARTS else 128 * MEBIBYTE


def _directory(address: str, setting: str) -> Directory:
    if not PurePath(address).is_absolute():
        raise BadInput(f'{setting}: must be an absolute path or s3://bucket/prefix; you wrote "{address}"')
    return Directory(PurePath(address))


def _bucket(place: SplitResult, endpoint: str | None, setting: str) -> Bucket:
    if "@" in place.netloc:
        raise BadInput(f"{setting}: an address holds no credentials; give them the AWS way, and write only the bucket")
    if place.scheme != "s3" or place.query or place.fragment:
        raise BadInput(f'{setting}: must be an absolute path or s3://bucket/prefix; you wrote "{place.geturl()}"')
    if not _BUCKET.fullmatch(place.netloc):
        raise BadInput(f'{setting}: "{place.netloc}" is not the name of a bucket')
    prefix = place.path.strip("/")
    return Bucket(place.netloc, keys.checked(prefix) if prefix else "", _endpoint(endpoint, setting))


def _endpoint(endpoint: str | None, setting: str) -> str | None:
    if endpoint is None:
        return None
    parts = urlsplit(endpoint)
    if "@" in parts.netloc:
        raise BadInput(f"{setting}_ENDPOINT: an address holds no credentials; write only http(s)://host:port")
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise BadInput(f'{setting}_ENDPOINT: must be http(s)://host:port; you wrote "{endpoint}"')
    return f"{parts.scheme}://{parts.netloc}"
