"""What all kinds of tests share: one whole installation, because starting it takes longer than most tests."""

import signal
from collections.abc import Iterator

import pytest

from tests.whole import Whole, whole_installation

# A suite that is started in the background is deaf to Ctrl-C, and so would be everything that it starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    """Up with its practice site. Whoever breaks it leaves it healed: that is the claim of most drills."""
    with whole_installation(tmp_path_factory.mktemp("whole")) as made:
        yield made
