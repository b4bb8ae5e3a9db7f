"""Each in a process of its own: what a process has learned it never forgets."""

import subprocess
import sys
from pathlib import Path

from edge.secrets import redaction

HEAD = """
import logging, sys, threading, io
from edge.secrets import redaction
from edge.secrets.raised import install_hooks
CANARY = "kan/4r'envogel-" + "log"
class Own(logging.Handler):
    def emit(self, record):
        import traceback
        print("OWN", record.msg, record.args, record.exc_text, record.stack_info, record.exc_info)
        if record.exc_info: traceback.print_exception(*record.exc_info, file=sys.stdout)
logging.basicConfig(level=0, stream=sys.stdout, format="%(message)s")
logging.getLogger().addHandler(Own())
log = logging.getLogger("test")
"""


def words_of(code: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-c", HEAD + code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_no_handler_ever_sees_a_learned_value() -> None:
    exit, said = words_of("""
redaction.learn(CANARY)
class Thing:
    def __repr__(self): return CANARY
log.info("plain " + CANARY)
log.info("%s and %r and %d", CANARY, {"p": [CANARY]}, 7)
log.info("%(p)s", {"p": CANARY})
log.info(ValueError(CANARY))
log.info("thing %s", Thing())
log.info("does not fit", CANARY)
log.info("%d", CANARY)
try: raise KeyError(CANARY)
except KeyError: log.exception("failed"); log.error("again", exc_info=True, stack_info=True)
log.handle(logging.makeLogRecord({"msg": "made innocent", "levelno": 20}))
print("END")
""")
    assert exit == 0 and "END" in said and "failed" in said and "KeyError" in said
    assert "envogel" not in said
    assert "*** and" in said and "and 7" in said and "made innocent" in said


def test_arguments_that_handlers_take_apart_again_stay_arguments() -> None:
    _, said = words_of("""
redaction.learn(CANARY)
log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", "/?token=" + CANARY, "1.1", 200)
""")
    assert "('127.0.0.1:1', 'GET', '/?token=***', '1.1', 200)" in said
    assert '127.0.0.1:1 - "GET /?token=*** HTTP/1.1" 200' in said


def test_another_librarys_record_factory_does_not_undo_it() -> None:
    _, said = words_of("""
redaction.learn("something else")
logging.setLogRecordFactory(logging.LogRecord)
redaction.learn(CANARY)
log.info(CANARY)
""")
    assert "envogel" not in said and "***" in said


def test_what_a_process_dies_of_is_told_without_secrets() -> None:
    exit, said = words_of("""
install_hooks()
redaction.learn(CANARY)
def die(): raise RuntimeError("thread " + CANARY)
thread = threading.Thread(target=die); thread.start(); thread.join()
class Lost:
    def __del__(self): raise RuntimeError("lost " + CANARY)
del_me = Lost(); del del_me
try: raise KeyError(CANARY)
except KeyError as reason: raise RuntimeError("main " + CANARY) from reason
""")
    assert exit == 1
    assert "thread ***" in said and "lost ***" in said and "main ***" in said and "KeyError" in said
    assert "envogel" not in said


def test_forms_that_overlap_are_hidden_together() -> None:
    redaction.learn("kanarie-overlap-one")
    redaction.learn("one-and-kanarie-two")
    assert redaction.redact("<kanarie-overlap-one-and-kanarie-two>") == "<***>"
