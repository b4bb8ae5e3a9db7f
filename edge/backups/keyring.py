"""The keys of this installation's backups: to whom sets are sealed, who signs them, and who may open them here.

The *recovery* key is made once, shown to a person, and kept nowhere: it is for the day on which this machine is gone.
The *proving* key opens sets where they are proven. Sealing needs only the public halves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyrage

from edge import private
from edge.backups import sealing, signing
from edge.backups.lending import lent_key
from edge.secrets import redaction
from mainstay.backups.sets import BackupSet
from mainstay.descriptor.environment import Keys
from mainstay.errors import BadInput, Refused

PROVING, RECOVERY, WRITER = "proving", "recovery", "writer"
OURS = Keys()  # a descriptor that names none
GONE = (
    "If that machine is gone: restore and prove ask for the recovery key with --recovery-key"
    ' (docs/operating.md, "The machine is gone").'
)


class SealedToAnother(Refused):
    """What cannot be opened with the key that lies here. That says nothing against it."""


@dataclass(frozen=True)
class Keyring:
    folder: Path

    @property
    def writer(self) -> Path:
        """The private half of the key that signs."""
        return self.folder / WRITER

    @property
    def writer_public(self) -> str:
        return (self.folder / f"{WRITER}.pub").read_text()

    @property
    def has_recovery_key(self) -> bool:
        return self._public(RECOVERY).exists()

    @property
    def signers(self) -> str:
        """The line by which ssh-keygen knows who may sign."""
        return f"{signing.WRITER} {self.writer_public.strip()}"

    def may_sign(self, described: Keys) -> str:
        """The public keys of those who may, a line each."""
        return "\n".join(described.signers) or self.writer_public

    def refuse_stranger(self, described: Keys) -> None:
        """Nobody would trust what this machine signs."""
        if described.signers and not any(signing.same_key(each, self.writer_public) for each in described.signers):
            raise Refused(
                "Nothing was backed up: this machine's key is none of backups.keys.signers in the descriptor, so nobody"
                " would trust its sets. Is it the machine that is to take them? Then add this line there:"
                f" {self.writer_public.strip()}"
            )

    def sealed_to(self, described: Keys = OURS) -> Mapping[str, str]:
        """The public halves, by whose they are; refused while one is missing."""
        if described.recovery is None and not self.has_recovery_key:
            raise Refused(
                "Nothing was backed up: there is no recovery key yet, and without it a backup would be lost together"
                " with this machine. Make one and keep it elsewhere, on paper or in a safe: mainstay recovery-key"
            )
        named = {PROVING: described.proving, RECOVERY: described.recovery}
        found = {name: key or self._public(name).read_text().strip() for name, key in named.items()}
        for key in found.values():
            sealing.recipient(key)  # before anything is begun
        return found

    def proving_key(self, sets: Iterable[BackupSet] = ()) -> str:
        """The text of the key file that opens sets here: the one that somebody lent this process, else ours. Sets that
        it cannot open are no bad sets: ``Refused``.
        """
        key = lent_key() or self._own_proving_key()
        opens = sealing.public_half(key)
        if strange := next((each for each in sets if each.sealed_to and opens not in each.sealed_to.values()), None):
            ours = "key that was typed is" if lent_key() else "proving key here is"
            to_do = "Look for the one it is sealed to." if lent_key() else f"Do this where that key is. {GONE}"
            raise SealedToAnother(
                f"The set {strange.id} cannot be opened on this machine: it is sealed to {named(strange.sealed_to)},"
                f" and the {ours} {opens}. Nothing was found against the set. {to_do}"
            )
        return key

    def _own_proving_key(self) -> str:
        if not (self.folder / PROVING).exists():
            raise Refused(
                f"Sets cannot be opened on this machine: {self.folder / PROVING} is not there. Do this where the"
                f" proving key is. {GONE}"
            )
        key = (self.folder / PROVING).read_text()
        redaction.learn(key.strip())
        return key

    def can_open(self, described: Keys) -> bool:
        """Whether the secret half of the key that sets are sealed to for proof lies here."""
        ours = self.folder / PROVING
        return ours.exists() and described.proving in (None, sealing.public_half(ours.read_text()))

    def new_recovery_key(self, *, instead: bool = False) -> str:
        """Its private half, to be shown once. Sets that were sealed to an older one stay sealed to that."""
        with private.alone(self.folder / "lock", deadline_seconds=30):
            if self.has_recovery_key and not instead:
                raise Refused(
                    "There is a recovery key already, and sets are sealed to it. To seal new sets to another one:"
                    " mainstay recovery-key --instead. Keep the old one as long as sets of its time are kept."
                )
            key = pyrage.x25519.Identity.generate()
            private.write(self._public(RECOVERY), f"{key.to_public()}\n")
        redaction.learn(str(key))
        return str(key)

    def _public(self, name: str) -> Path:
        return self.folder / f"{name}.pub"


def keyring(home: Path) -> Keyring:
    """Made once, all but the recovery key; killed half-way or done twice at once it ends the same. A private half that
    is there is never written over: it may be what opens every set.
    """
    folder = private.folder(private.folder_if_missing(home) / "keys")
    ours = Keyring(folder)
    with private.alone(folder / "lock", deadline_seconds=30):
        if not (folder / f"{PROVING}.pub").exists():
            if not (folder / PROVING).exists():
                private.write(folder / PROVING, f"{pyrage.x25519.Identity.generate()}\n")
            private.write(folder / f"{PROVING}.pub", f"{_public_half(folder / PROVING)}\n")
        if not (folder / f"{WRITER}.pub").exists():
            if not (folder / WRITER).exists():
                signing.make_key(folder / WRITER)
            signing.write_public_half(folder / WRITER)
    return ours


def _public_half(file: Path) -> str:
    try:
        return sealing.public_half(file.read_text(errors="replace"))
    except BadInput as reason:
        raise Refused(
            f"{file} is there, {file}.pub is not, and it cannot be made of it: {reason} Nothing was written over."
            " Bring back the file that was there, or move this one away: another key is made then."
        ) from reason


def named(sealed_to: Mapping[str, str]) -> str:
    return ", ".join(f"{key} ({name})" for name, key in sealed_to.items())
