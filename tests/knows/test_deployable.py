"""What this version cannot deploy is said before anything is changed."""

import pytest

from mainstay.descriptor.parsing import parse_system
from mainstay.errors import Refused
from mainstay.places import Places
from tests.knows.whole_system import GOOD

TWO = "    ports:\n      blue: 3001\n      green: 3002\n"
HIS_OWN = "    ports: {web: {blue: 4001, green: 4002}}\n"


def test_a_service_of_one_color_is_refused_with_what_to_write() -> None:
    Places(parse_system(GOOD, "shop.yaml", called="shop"), "production", "/home").judge_deployable()
    one = GOOD.replace(TWO, "    strategy: recreate\n    ports: {blue: 3001}\n").replace(HIS_OWN, "")
    with pytest.raises(Refused, match=r"web says strategy: recreate, .* write strategy: blue_green"):
        Places(parse_system(one, "shop.yaml", called="shop"), "production", "/home").judge_deployable()
