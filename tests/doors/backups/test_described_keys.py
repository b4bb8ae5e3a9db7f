"""Whose keys count for the sets is said by the descriptor; without it, by the machine that takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyrage
import pytest

from edge.backups.keyring import Keyring, keyring
from edge.backups.opening import Opened
from mainstay.backups.sets import BackupSet
from mainstay.errors import BadDescriptor, BadInput, Refused
from tasks.backups.proofs import prove_by_restoring
from tasks.backups.restores import lay_out_set, observe_restore
from tasks.backups.sets import observe_what_to_keep
from tests.doors.backups.shop_rig import WHERE, Shop, shop


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path) as found:
        (found.folder / "file").write_text("content")
        yield found


@contextmanager
def on_a_new_machine(root: Path, old: Shop) -> Iterator[Shop]:
    """With the same store and folder, and keys of its own."""
    (root / "new").mkdir()
    with shop(root / "new", MAINSTAY_BACKUPS=old.settings.backups) as new:
        yield Shop(new.settings, old.folder)


def line(ring: Keyring) -> str:
    return ring.writer_public.strip()


def quoted(*lines: str) -> str:
    return ", ".join(f'"{each}"' for each in lines)


def test_a_machine_that_may_not_sign_takes_no_set_and_says_what_to_add(made: Shop, tmp_path: Path) -> None:
    stranger = keyring(tmp_path / "stranger")
    made.describe(backups=f"{{keys: {{signers: [{quoted(line(stranger))}]}}}}")
    with pytest.raises(Refused, match=r"is none of backups\.keys\.signers") as reason:
        observe_what_to_keep.fn(*WHERE, "files")
    assert line(made.keys) in str(reason.value)
    assert list(made.backups.listing("sets")) == []


def test_after_a_new_machine_the_sets_of_both_are_trusted(made: Shop, tmp_path: Path) -> None:
    old, _ = made.take("files")
    with on_a_new_machine(tmp_path, made) as new:
        new.describe()
        with pytest.raises(Refused, match=r"No set of shop production is trusted here"):
            observe_restore.fn(*WHERE, "newest")
        new.describe(backups=f"{{keys: {{signers: [{quoted(line(made.keys) + ' old machine', line(new.keys))}]}}}}")
        assert observe_restore.fn(*WHERE, "newest").id == old.id
        newer, _ = new.take("files")
        assert observe_restore.fn(*WHERE, "newest").id == newer.id
        assert new.command("backups", *WHERE).output.count("old") >= 2


def test_sets_are_sealed_to_the_keys_that_are_described(made: Shop) -> None:
    proving, recovery = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    made.describe(backups=f"{{keys: {{proving: {proving.to_public()}, recovery: {recovery.to_public()}}}}}")
    (made.keys.folder / "recovery.pub").unlink()  # it is not needed where one is described
    found, _ = made.take("files")
    assert found.sealed_to == {"proving": str(proving.to_public()), "recovery": str(recovery.to_public())}
    for key in (proving, recovery):
        assert b"name: shop" in Opened(made.backups, str(key), made.settings.home).read(found.descriptor)


def test_a_set_that_is_sealed_to_another_key_is_not_found_bad(made: Shop, tmp_path: Path) -> None:
    found = sealed_elsewhere(made)
    restore = observe_restore.fn(*WHERE, "newest")
    for step in (lambda: prove_by_restoring.fn(restore), lambda: lay_out_set.fn(restore, f"{tmp_path}/back", "")):
        with pytest.raises(Refused, match=f"{found.id} cannot be opened on this machine: it is sealed to age1"):
            step()
    assert [each.level for each in made.sets.kept] == [1] and not (tmp_path / "back").exists()


def sealed_elsewhere(made: Shop) -> BackupSet:
    made.describe(backups=f"{{keys: {{proving: {pyrage.x25519.Identity.generate().to_public()}}}}}")
    return made.take("files")[0]


def test_the_recovery_key_in_place_of_the_proving_one_opens_it(made: Shop, tmp_path: Path) -> None:
    key = made.keys.new_recovery_key(instead=True)
    sealed_elsewhere(made)
    (made.keys.folder / "proving").write_text(f"{key}\n")
    lay_out_set.fn(observe_restore.fn(*WHERE, "newest"), f"{tmp_path}/back", "")
    assert (tmp_path / "back" / "uploads" / "file").read_text() == "content"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("recovery: SECRET", "holds a secret in plain words"),
        ("proving: age1", "must be the public half of an age key"),
        ("signers: [ssh-rsa AAAAB3NzaC1yc2E]", "must be the public half of an ed25519 key"),
    ],
)
def test_what_is_no_public_half_is_refused_and_not_repeated(made: Shop, keys: str, said: str) -> None:
    secret = str(pyrage.x25519.Identity.generate())
    made.describe(backups=f"{{keys: {{{keys.replace('SECRET', secret)}}}}}")
    with pytest.raises(BadDescriptor, match=said) as reason:
        observe_what_to_keep.fn(*WHERE, "files")
    assert secret not in str(reason.value)


def test_a_key_with_a_slip_of_the_pen_is_refused_before_anything_is_begun(made: Shop) -> None:
    key = str(pyrage.x25519.Identity.generate().to_public())
    slip = key[:-1] + ("q" if key[-1] != "q" else "p")
    made.describe(backups=f"{{keys: {{recovery: {slip}}}}}")
    with pytest.raises(BadInput, match="is not the public half of an age key"):
        observe_what_to_keep.fn(*WHERE, "files")
    assert list(made.backups.listing("sets")) == []
