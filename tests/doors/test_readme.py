"""What the README shows can be used as it stands."""

import re
from pathlib import Path

from mainstay.descriptor.parsing import parse_system

README = Path(__file__).parent.parent.parent / "README.md"


def test_the_descriptor_on_the_first_screen_is_a_whole_one() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README.read_text(), re.DOTALL)
    assert shown is not None
    assert parse_system(shown[1], "systems/shop.yaml", called="shop").ports("production", "web") is not None
