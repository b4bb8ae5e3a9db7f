"""A bucket out of a set: into a folder, or from there into an empty bucket."""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from boto3.s3.transfer import TransferConfig

from edge import in_order
from edge.backups.buckets.bucket import TALKERS, OpenBucket
from edge.backups.buckets.failures import asking
from edge.backups.opening import BadSet, LaidOut, Opened, bad
from mainstay.backups.buckets import objects
from mainstay.backups.buckets.names import Names
from mainstay.backups.buckets.objects import ObjectWords, UnreadableObjects
from mainstay.backups.restores import Layer
from mainstay.backups.sets import Piece
from mainstay.errors import CommandFailed, Refused

ONE_PART = TransferConfig(use_threads=False)  # at a time: several objects go at once already
UNFINISHED = ".mainstay-restore-unfinished"


def lay_out_bucket(opened: Opened, layers: Sequence[Layer], place: Path) -> LaidOut:
    """Each object as a file below ``NAME.bucket``, and in ``NAME.objects.jsonl`` its key and all else of it. No folder
    of the descriptor can be called so: their names have no dot.
    """
    name = layers[0].folder.name
    laid = opened.lay_out(layers, place / f"{name}.bucket")
    pieces = [piece for layer in layers for piece in layer.folder.objects]
    newest = {words.path: number for number, piece in enumerate(pieces) for words in _read(opened, piece)}
    written = 0
    with (place / f"{name}.objects.jsonl").open("xb") as out:
        for number, piece in enumerate(pieces):
            for words in _read(opened, piece):
                path = words.path.encode(errors="surrogateescape")
                if newest[words.path] == number and path in laid.sums:
                    out.write(objects.line(words))
                    written += 1
    if written != len(laid.sums):
        raise BadSet(
            f"The set {layers[-1].set} is bad: it holds {len(laid.sums)} objects of {name}, and the lists beside them"
            f" speak of {written}. Nothing of it was kept here. Restore another set."
        )
    return laid


def fill(bucket: OpenBucket, place: Path, name: str, laid: LaidOut) -> int:
    """From such a folder. Each object is read back and compared; the mark that it is unfinished goes last."""
    refuse_used(bucket)
    where, mark = bucket.place.name, bucket.folder + UNFINISHED
    with asking(bucket.place):
        bucket.client.put_object(Bucket=where, Key=mark, Body=b"A restore goes on here, or was broken off.\n")
    send = in_order.in_order(
        partial(_send, bucket, place / f"{name}.bucket", laid), _lines(place, name), at_once=TALKERS
    )
    with closing(send):
        count = sum(1 for _ in send)
    there = len(bucket.look(Names()).marks) - 1
    if there != count:
        raise CommandFailed(
            f"{count} objects were restored into {bucket.place}, and {there} are there: somebody else writes there."
            " Give the restore a bucket of its own."
        )
    with asking(bucket.place):
        bucket.client.delete_object(Bucket=where, Key=mark)
    return count


def refuse_used(bucket: OpenBucket) -> None:
    if not bucket.is_empty():
        raise Refused(
            f"{bucket.place} is not empty, and a restore changes nothing that is. Nothing was done. Name an empty"
            f" bucket or prefix; if {UNFINISHED} lies there, a restore into it was broken off, so empty it and do this"
            " again."
        )


def _send(bucket: OpenBucket, folder: Path, laid: LaidOut, words: ObjectWords) -> None:
    path = words.path.encode(errors="surrogateescape")
    with asking(bucket.place), (folder / os.fsdecode(path)).open("rb") as content:
        bucket.client.upload_fileobj(
            content, bucket.place.name, bucket.folder + words.key, ExtraArgs=_more(words), Config=ONE_PART
        )
    found, hash = bucket.find(words.key, path), sha256()
    if found is not None:
        for chunk in bucket.chunks(found):
            hash.update(chunk)
    if found is None or hash.hexdigest() != laid.sums[path]:
        raise CommandFailed(
            f"{words.key!a} was restored into {bucket.place} and is not there as it was sent. Do not use that bucket;"
            " see what its server says, empty it, and do this again."
        )


def _more(words: ObjectWords) -> dict[str, object]:
    more: dict[str, object] = {**words.headers, "Metadata": dict(words.metadata)}
    if words.tags:
        more["Tagging"] = urlencode(words.tags)
    return more


def _lines(place: Path, name: str) -> Iterator[ObjectWords]:
    with (place / f"{name}.objects.jsonl").open("rb") as lines:
        for line in lines:
            yield from objects.read_lines(line)


def _read(opened: Opened, piece: Piece) -> Iterator[ObjectWords]:
    try:
        yield from objects.read_lines(opened.read(piece))
    except UnreadableObjects as reason:
        raise bad(piece, str(reason)) from reason
