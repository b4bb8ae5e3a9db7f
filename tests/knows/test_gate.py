"""What is said to a gate, and what its answer means."""

import pickle

import pytest

from mainstay import gate
from mainstay.errors import ActFailed, CommandFailed, HostBusy, Superseded
from mainstay.gate import Call, Exit, judged, read_answer

CALL = Call("shop", "production", 7, "c-1", gate.act(["nginx", "-t"]), deadline_seconds=9)
TEXT = """| epoch 99
| it works

epoch 7
holder c-1
live green
flag green.on to green
flag maintenance.on
mark PASS
acts 2
last 2026-11-20T10:48:23Z 7 c-1 done act
"""


def test_a_call_is_words_and_never_a_line_of_shell() -> None:
    said = gate.argv(["/bin/sh"], "/gate.sh", "/state", CALL)
    assert said == ["/bin/sh", "/gate.sh", "/state", "7", "c-1", "9", "act", "--", "nginx", "-t"]


def test_an_answer_is_read_and_what_the_act_said_is_kept_apart() -> None:
    answer = read_answer(0, TEXT)
    assert (answer.epoch, answer.holder, answer.live, answer.acts) == (7, "c-1", "green", 2)
    assert answer.flags == {"green.on": "to green", "maintenance.on": ""}
    assert answer.output == "epoch 99\nit works"
    assert answer.of("web1").marks == ("PASS",)


@pytest.mark.parametrize(
    ("exit", "error"),
    [
        (Exit.REFUSED, Superseded),
        (Exit.BUSY, HostBusy),
        (Exit.DEADLINE, CommandFailed),
        (Exit.FAILED, ActFailed),
        (Exit.BROKEN, CommandFailed),
        (Exit.NOT_UNDERSTOOD, CommandFailed),
        (-9, CommandFailed),
    ],
)
def test_every_exit_that_is_not_done_is_an_error_that_names_the_host(exit: int, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"nginx -t.* on web1 for change c-1"):
        judged(read_answer(exit, "error the act ended with exit 1\nepoch 7\n"), CALL, "web1")


def test_a_gate_that_died_without_a_word_is_quoted_as_it_is() -> None:
    assert read_answer(2, "sh: 0: cannot open gate.sh").error == "sh: 0: cannot open gate.sh"


@pytest.mark.parametrize("end", ["\r", "\f", "\v", "\x1c", "\x85", "\u2028"])
def test_only_what_the_gate_takes_for_the_end_of_a_line_is_one(end: str) -> None:
    said = f"10 % done{end}code of conduct{end}epoch is over{end}acts of users"
    answer = read_answer(0, f"| {said}\n| done\nepoch 7\nflag maintenance.on Back{end}acts soon\nacts 2\n")
    assert (answer.epoch, answer.acts, answer.code) == (7, 2, None)
    assert answer.output == f"{said}\ndone"
    assert answer.flags == {"maintenance.on": f"Back{end}acts soon"}


def test_all_that_a_failed_act_said_is_kept_also_between_processes() -> None:
    with pytest.raises(ActFailed) as told:
        judged(
            read_answer(Exit.FAILED, "error exit 1\n| canceling statement due to lock timeout\n| npm ERR!\n"),
            CALL,
            "web1",
        )
    assert "lock timeout" in told.value.said
    assert pickle.loads(pickle.dumps(told.value)).said == told.value.said
