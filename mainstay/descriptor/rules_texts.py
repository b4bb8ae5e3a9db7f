"""What no text in a descriptor may be: a secret, a control character, a placeholder nobody fills."""

import re
from collections.abc import Iterator

from mainstay.descriptor.placeholders import EVERYWHERE, KNOWN, placeholders
from mainstay.descriptor.schema import at, nearest
from mainstay.descriptor.shapes import REFERENCE
from mainstay.descriptor.written import Found, Written
from mainstay.faults import looks_secret

_SECRET_NAME = re.compile(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|DSN|CREDENTIALS?|(API|ACCESS|SECRET|PRIVATE|SIGNING)_?KEY)$", re.I
)
_NO_SECRET = re.compile(r"|[0-9.]+|true|false", re.I)  # empty, a number, a switch


def text_rules(system: Written) -> Iterator[Found]:
    for text in system.texts():
        yield from _literal_secret(text)
        yield from _control_character(text)
        yield from _placeholders(text)
    for place in (system, *(environment for _, environment in system["environments"].items())):
        yield from _secret_variables(place["configuration"])


def _literal_secret(text: Written) -> Iterator[Found]:
    if looks_secret(text.value):
        yield text.wrong(
            "holds a secret in plain words; write a reference, for example env://NAME or file:///path, "
            "and change the secret if this file has left your hands."
        )


def _control_character(text: Written) -> Iterator[Found]:
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text.text or ""):
        yield text.wrong("holds a control character, which no command takes; write it without.")


def _placeholders(text: Written) -> Iterator[Found]:
    known = next((KNOWN[key] for key in map(str, text.path) if key in KNOWN), EVERYWHERE)
    for word in placeholders(text.text or ""):
        if word not in known and at(text.path) and not looks_secret(text.value):  # an unknown key has its own fault
            meant = nearest(word, list(known))
            write = f"{{{meant}}}" if meant else "one of these"
            ours = ", ".join(f"{{{name}}}" for name in known)
            yield text.wrong(f"nobody fills {{{word}}} here; known are {ours}. Write {write}.")


def _secret_variables(variables: Written) -> Iterator[Found]:
    for name, variable in variables.items():
        plain = variable.text is not None and not _NO_SECRET.fullmatch(variable.text)
        if plain and _SECRET_NAME.search(name) and not re.search(REFERENCE.pattern, variable.text or ""):
            yield variable.wrong(f"is called like a secret but is no reference; write env://{name} or file:///path.")
