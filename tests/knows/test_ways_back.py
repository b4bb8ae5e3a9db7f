"""A way back says what the database allows, by the worst of what stands in it since."""

import pytest

from mainstay.ways_back import Stands, way_back

EXPAND, DATA = Stands("v2", "expand", loses=False, head="0002"), Stands("v3", "data", loses=False, head="0003")
TIGHT, GONE = Stands("v4", "contract", loses=False, head="0004"), Stands("v5", "contract", head="0005")
CODE = Stands("v6", None)


@pytest.mark.parametrize(
    ("since", "way", "said"),
    [
        ([], "code only", "not moved"),
        ([CODE], "code only", "not moved"),
        ([CODE, EXPAND, CODE], "code only", "stays at 0002"),
        ([EXPAND, DATA], "code only", "v3 (to 0003) changed rows"),
        ([DATA, TIGHT, EXPAND], "needs a down-migration", "v4 (to 0004)"),
        ([GONE, TIGHT, DATA, EXPAND], "needs a restore", "v5 (to 0005)"),
    ],
)
def test_the_worst_since_decides(since: list[Stands], way: str, said: str) -> None:
    found = way_back(since)
    assert found.way == way and said in found.sentence


def test_of_a_contract_of_which_nobody_knows_more_the_worst_is_believed() -> None:
    assert way_back([Stands("v9", "contract")]).way == "needs a restore"
