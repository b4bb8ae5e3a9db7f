"""The two colors of an environment on a host, as its gate and the flags of its proxy tell them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mainstay.descriptor.service import Color
from mainstay.gate import GateAnswer

COLORS: tuple[Color, ...] = ("green", "blue")  # in the order in which the proxy looks
FIRST: Color = "blue"  # what a first release takes
WARM = "warm.until"  # until when the color that is not shown is kept running
SHOWS = "X-Mainstay-Shows"  # a header of every answer of the proxy: a color, PAGE, or NOTHING
PAGE, NOTHING = "page", "nothing"
CHOOSE = "X-Mainstay-Color"  # a header of a question to the preview address: of which color


def other(color: Color) -> Color:
    return "green" if color == "blue" else "blue"


def on(color: Color) -> str:
    """The flag that makes the proxy show it; with both of them it shows green."""
    return f"{color}.on"


def loaded(color: Color) -> str:
    """The flag that says which release the color was given; the proxy does not look at it."""
    return f"{color}.release"


@dataclass(frozen=True)
class Standing:
    """What stands on one host."""

    host: str
    shown: Color | None = None  # None: users see that nothing is here
    live: Color | None = None  # what is started after a boot
    loaded: Mapping[Color, str] = field(default_factory=dict)  # the id of the release that each color was given last
    warm_until: str | None = None

    @property
    def release(self) -> str | None:
        """What users see."""
        return None if self.shown is None else self.loaded.get(self.shown)


def read_standing(host: str, answer: GateAnswer) -> Standing:
    shown = next((color for color in COLORS if on(color) in answer.flags), None)
    given = {color: answer.flags[loaded(color)] for color in COLORS if loaded(color) in answer.flags}
    live = next((color for color in COLORS if color == answer.live), None)
    return Standing(host, shown, live, given, answer.flags.get(WARM))
