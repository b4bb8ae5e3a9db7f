import base64
import sys
from pathlib import Path

import pytest

from edge import processes
from edge.secrets import redaction
from mainstay.errors import CommandFailed, SecretExposed

CANARY = "kanarienvogel-argv-93"


@pytest.fixture(autouse=True)
def learned() -> None:
    redaction.learn(CANARY)


@pytest.mark.parametrize("word", [CANARY, f"--password={CANARY}", base64.b64encode(f"u:{CANARY}".encode()).decode()])
def test_no_process_is_started_with_a_secret_among_its_arguments(tmp_path: Path, word: str) -> None:
    proof = tmp_path / "it-ran"
    with pytest.raises(SecretExposed, match="environment, stdin or a file") as refused:
        processes.run(["touch", str(proof), word], deadline_seconds=5)
    with pytest.raises(SecretExposed):
        processes.start(["touch", str(proof), word], log=tmp_path / "log")
    assert not proof.exists()
    assert word not in str(refused.value)


def test_a_command_is_given_a_secret_by_environment_and_stdin_and_cannot_tell_it() -> None:
    echo = "import os, sys; print(os.environ['GIVEN'], sys.stdin.read())"
    output = processes.run(
        [sys.executable, "-c", echo], deadline_seconds=20, environment={"GIVEN": CANARY}, stdin=CANARY.encode()
    )
    assert output == processes.Output(0, "*** ***\n")


def test_what_a_failed_or_late_command_said_carries_no_secret() -> None:
    shout = "import os, sys, time; print(os.environ['GIVEN'], flush=True); time.sleep(float(sys.argv[1])); sys.exit(3)"
    given = {"GIVEN": CANARY}
    with pytest.raises(CommandFailed, match=r"failed \(exit 3\): \*\*\*"):
        processes.check(
            processes.run([sys.executable, "-c", shout, "0"], deadline_seconds=20, environment=given), "shouting"
        )
    with pytest.raises(CommandFailed, match=r"did not end within 2 s and was ended: \*\*\*"):
        processes.run([sys.executable, "-c", shout, "60"], deadline_seconds=2, environment=given)
