"""What all kinds of tests share: one whole installation, because starting it takes longer than most tests."""

import os
import signal
from collections.abc import Iterator

import pytest
from xdist.remote import Producer

from tests.sharing import ByWhatIsShared, end_what_is_idle, lend
from tests.whole import Whole, whole_installation

# A suite that is started in the background is deaf to Ctrl-C, and so would be everything that it starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Two that go on at once and choose at the same moment would now and then choose the same port.
if "PYTEST_XDIST_WORKER" in os.environ:
    _first = 20_000 + 2_500 * int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
    os.environ["MAINSTAY_PORTS"] = f"{_first}-{_first + 2_499}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Up with its practice site. Whoever breaks it leaves it healed: that is the claim of most drills."""
    return lend("whole", lambda: whole_installation(tmp_path_factory.mktemp("whole")))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Drills come in no order, so theirs stays until the end."""
    yield
    if "drills" not in item.path.parts:
        end_what_is_idle(nextitem)


def pytest_sessionfinish() -> None:
    end_what_is_idle(None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByWhatIsShared:
    return ByWhatIsShared(config, log)
