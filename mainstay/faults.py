"""A fault in a file a person wrote: where it is, what is wrong, what to write."""

import json
import re
from dataclasses import dataclass

Step = str | int
Path = tuple[Step, ...]

_SECRETS = re.compile(
    r"://[^\s/@{]*:[^\s/@{]+@"  # an address with a password in it
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[opsru]_\w{20}|\bgithub_pat_\w{20}|\bxox[abprs]-\w{8}|\bsk_live_\w{8}|\bglpat-\w{8}"
    r"|AGE-SECRET-KEY-|\beyJ[\w-]{10,}\.[\w-]{10,}\."
    r"|//hooks\.slack\.com/services/\w|//api\.telegram\.org/bot\w"  # who knows the address may write there
)


@dataclass(frozen=True, order=True)
class Fault:
    file: str
    line: int
    path: str
    sentence: str  # what is wrong; what to write

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.sentence}"


def dotted(path: Path) -> str:
    """The place as a person says it: services.web.smoke[0].path."""
    words = "".join(f"[{step}]" if isinstance(step, int) else f".{_harmless(step)}" for step in path)
    return words.removeprefix(".")


def looks_secret(written: object) -> bool:
    return isinstance(written, str) and _SECRETS.search(written) is not None


def shown(written: object) -> str:
    """As it was written, if that is short and does no harm to a terminal."""
    plain = "nothing" if written is None else json.dumps(written, ensure_ascii=False)
    text = plain if plain.isprintable() else ascii(written)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _harmless(step: str) -> str:
    if looks_secret(step):
        return "…"
    return step if re.fullmatch(r"[\w./-]{1,60}", step) else ascii(step[:60])
