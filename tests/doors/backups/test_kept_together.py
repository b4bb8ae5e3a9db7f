"""The steps of a backup, a proof and a restore, on a system that has a bucket and a Redis beside its files.

They are called as the flows call them, without a server of Prefect: that starts longer than all of this takes.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.backups.keyring import keyring
from edge.backups.opening import BadSet
from edge.settings import read_settings
from mainstay.backups.bases.base import Physical
from mainstay.backups.restores import choose_bucket
from mainstay.backups.sets import BackupSet, Kind, Proof
from mainstay.errors import BadInput, MainstayError, Refused
from tasks.backups import proofs as set_proofs
from tasks.backups import restores
from tasks.backups import sets as backups
from tasks.backups.restores import Brought
from tests.doors import store_rig
from tests.doors.backups.bucket_rig import client
from tests.doors.backups.redis_rig import Server, redis
from tests.doors.store_rig import CREDENTIALS, environment
from tests.knows.small_shop import SHOP

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed: apt-get install redis-server"
)
WHERE = ("shop", "production")


@dataclass(frozen=True)
class Installed:
    """A home with keys, and the descriptor of a system with files, a bucket and a Redis."""

    root: Path
    source: Server
    target: Server

    @classmethod
    def at(cls, root: Path, source: Server, target: Server, name: str) -> "Installed":
        (root / "systems").mkdir()
        (root / "uploads-production").mkdir()
        kept = f"""files: {{uploads: {{path: '{root}/uploads-{{environment}}'}}}}
redis: {{address: 'file://{root}/{{environment}}-redis', flush: ['session:']}}
buckets: {{attachments: {{address: 's3://{name}-{{environment}}', endpoint: '{store_rig.s3_server()}'}}}}
"""
        (root / "systems" / "shop.yaml").write_text(
            SHOP.replace("configuration: {TITLE", f"{kept}configuration: {{TITLE")
        )
        for file, server in [("production-redis", source), ("target-redis", target)]:
            (root / file).write_text(server.address)
            (root / file).chmod(0o600)
        keyring(root / "home").new_recovery_key()
        return cls(root, source, target)

    def take(self, kind: Kind) -> BackupSet:
        """As ``flows/backup.py`` does."""
        plan = backups.observe_what_to_keep.fn(*WHERE, kind)
        taking = backups.begin_set.fn(*WHERE, plan)
        folders, buckets = backups.open_folders.fn(taking, plan), backups.open_buckets.fn(taking, plan)
        read_twice: tuple[backups.FolderTaking | backups.BucketTaking, ...] = (*folders, *buckets)
        for each in read_twice:
            backups.keep_files.fn(each)
        backups.mark_moment.fn(taking)
        kept = backups.keep_redis.fn(taking, plan.redis) if plan.redis else None
        for each in read_twice:
            backups.keep_files_again.fn(each)
        made = backups.publish_set.fn(taking, plan, backups.Parts(folders, buckets, None, kept, Physical()))
        assert backups.prove_complete.fn(made).good
        return made

    def prove(self) -> Proof:
        return set_proofs.prove_by_restoring.fn(restores.observe_restore.fn(*WHERE, "newest"))

    def restore(self, into: Path, redis: str = "") -> Brought:
        return restores.lay_out_set.fn(restores.observe_restore.fn(*WHERE, "newest"), str(into), "", redis)


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    name = tmp_path.parent.name.replace("_", "-") + f"-{tmp_path.name}".replace("_", "-")[:20].rstrip("-")
    s3 = client()
    s3.create_bucket(Bucket=f"{name}-production")
    for number in range(3):
        s3.put_object(Bucket=f"{name}-production", Key=f"docs/{number}", Body=b"%d" % number)
    words = {"MAINSTAY_HOME": str(tmp_path / "home"), "MAINSTAY_SYSTEMS": str(tmp_path / "systems"), **CREDENTIALS}
    with environment(words), redis(tmp_path / "source") as source, redis(tmp_path / "target") as target:
        source.do_all(("SET", "user:1", 1), ("SET", "session:1", 1), ("SET", "session:2", 1))
        made = Installed.at(tmp_path, source, target, name)
        (tmp_path / "uploads-production" / "contract").write_text("signed")
        yield made
    s3.close()


def bucket_of(installed: Installed) -> str:
    text = (installed.root / "systems" / "shop.yaml").read_text()
    return text.partition("s3://")[2].partition("'")[0].replace("{environment}", "production")


def test_what_was_kept_together_is_proven_and_comes_back_together(installed: Installed, tmp_path: Path) -> None:
    full = installed.take("full")
    assert full.redis is not None and full.redis.keys == 3 and full.buckets[0].files == 3
    client_of = client()
    client_of.put_object(Bucket=bucket_of(installed), Key="docs/new", Body=b"new")
    installed.source.do("SET", "user:2", 2)
    made = installed.take("incremental")
    assert (made.parent, made.redis and made.redis.keys) == (full.id, 4)
    proof = installed.prove()
    assert (proof.level, proof.good) == (3, True), proof.sentence
    assert "1 files" in proof.sentence and "4 objects" in proof.sentence and "4 keys of Redis loaded" in proof.sentence
    brought = installed.restore(tmp_path / "back", f"file://{tmp_path}/target-redis")
    assert "2 keys of Redis were kept (user: 2), 2 flushed (session: 2)" in str(brought)
    found = {str(path.relative_to(tmp_path / "back")) for path in (tmp_path / "back").rglob("*") if path.is_file()}
    docs = {f"attachments.bucket/docs/{name}" for name in ("0", "1", "2", "new")}
    assert found == {"uploads/contract", "attachments.objects.jsonl", *docs}
    assert installed.target.do("DBSIZE") == 2
    with pytest.raises(Refused, match="is not empty"):
        installed.restore(tmp_path / "again", f"file://{tmp_path}/target-redis")
    assert not (tmp_path / "again").exists()
    client_of.close()


def test_without_a_server_for_it_redis_lies_beside_the_files(installed: Installed, tmp_path: Path) -> None:
    installed.take("full")
    installed.restore(tmp_path / "back")
    assert (tmp_path / "back" / "redis.rdb").read_bytes().startswith(b"REDIS")


def test_a_bucket_alone_goes_into_an_empty_one(installed: Installed) -> None:
    installed.take("full")
    found, s3 = restores.observe_restore.fn(*WHERE, "newest"), client()
    s3.create_bucket(Bucket=f"{bucket_of(installed)}-2")
    assert choose_bucket(found) == "attachments"
    assert restores.restore_bucket.fn(found, f"s3://{bucket_of(installed)}-2/below").objects == 3
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=f"{bucket_of(installed)}-2")["Contents"]]
    assert keys == ["below/docs/0", "below/docs/1", "below/docs/2"]
    with pytest.raises(Refused, match="is not empty"):
        restores.restore_bucket.fn(found, f"s3://{bucket_of(installed)}")
    s3.close()


def test_where_no_redis_can_load_it_the_set_is_read_back_and_no_more(installed: Installed, tmp_path: Path) -> None:
    installed.take("full")
    (tmp_path / "tools").mkdir()
    for name in ("tar", "find", "setpriv"):
        (tmp_path / "tools" / name).symlink_to(shutil.which(name) or name)
    with environment({"PATH": str(tmp_path / "tools")}):
        proof = installed.prove()
    assert (proof.level, proof.good) == (2, True)
    assert "not loaded, so the set is not proven" in proof.sentence and "apt-get install redis-server" in proof.sentence


def test_a_set_whose_redis_was_spoiled_is_bad(installed: Installed) -> None:
    made = installed.take("full")
    assert made.redis is not None
    file = Path(read_settings().backups) / made.redis.piece.key
    file.chmod(0o600)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    proof = installed.prove()
    assert not proof.good and made.redis.piece.key in proof.sentence
    with pytest.raises((BadSet, BadInput)):
        installed.restore(installed.root / "back")
    assert not (installed.root / "back").exists()


def test_a_redis_that_is_away_leaves_no_set_and_the_older_one(installed: Installed) -> None:
    made = installed.take("full")
    installed.source.process.kill()
    installed.source.process.wait()
    with pytest.raises(MainstayError, match="did not answer"):
        installed.take("full")
    assert restores.observe_restore.fn(*WHERE, "newest").id == made.id


def test_the_bucket_that_holds_the_sets_is_refused_before_anything_is_begun(installed: Installed) -> None:
    words = {
        "MAINSTAY_BACKUPS": f"s3://{bucket_of(installed)}/sets",
        "MAINSTAY_BACKUPS_ENDPOINT": store_rig.s3_server(),
    }
    with environment(words), pytest.raises(BadInput, match="backed up itself"):
        installed.take("full")
    s3 = client()
    assert len(s3.list_objects_v2(Bucket=bucket_of(installed))["Contents"]) == 3
    s3.close()
