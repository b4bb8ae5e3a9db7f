"""The words that many commands take, and whose installation they speak of."""

from collections.abc import Iterable
from typing import Annotated

import typer

from edge.settings import Settings, contradictions, read_settings
from mainstay.errors import BadInput

System = Annotated[str, typer.Argument(help="The name of the system, as its descriptor file is called.")]
Environment = Annotated[str, typer.Argument(help="Which of its environments, for example production.")]
WithoutServer = Annotated[
    bool, typer.Option("--without-server", help="Do it here and now, without Prefect: the same story, only unseen.")
]


def settings() -> Settings:
    """Those of the installation: a word of this shell that says otherwise would look at, or change, something else."""
    found = read_settings()
    if wrong := contradictions(found):
        mend = "Take it out of the environment; or, to change the installation: mainstay up"
        raise BadInput(f"Nothing was done. {' '.join(wrong)} {mend}")
    return found


def refuse_half_characters(words: Iterable[str]) -> None:
    """What a shell passes on as bytes that are no text: nothing could be named or kept by it."""
    for word in words:
        if not word.isascii() and word != word.encode(errors="replace").decode():
            raise BadInput(f"{word.encode(errors='backslashreplace').decode()} is not text in UTF-8. Nothing was done.")
