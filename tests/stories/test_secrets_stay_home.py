"""A secret put into every word a flow can say reaches nothing that Prefect keeps."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

FLOW = """
import base64
import sys
from urllib.parse import quote_plus
from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from edge.secrets.redaction import redact
from edge.secrets.raised import install_hooks, leaves_clean
from edge.secrets import Secret, resolve
from mainstay.errors import Transient
from tasks.policies import converges, observes, once

tries = []

@observes("looks with {password}")
def look(password: str) -> str:
    logger = get_run_logger()
    logger.info("plain " + password)
    logger.warning("in arguments %s %r", password, {"p": [password]})
    try:
        raise ValueError("inner " + password)
    except ValueError:
        logger.exception("and a traceback")
        logger.error("with a stack", stack_info=True)
    print("printed", password)
    logger.info("Basic " + base64.b64encode(f"user:{password}".encode()).decode())
    logger.info("in an address " + quote_plus(password))
    create_markdown_artifact(redact("in an artifact: " + password), key="report")
    return "returned " + password

@observes("asks again")
def flaky(password: str) -> int:
    tries.append(1)
    if len(tries) < 2:
        raise Transient("not yet, said " + password)
    return len(tries)

@converges("hides")
def hidden(secret: Secret) -> str:
    return f"{secret} {secret!r}"

@once("fails")
def fail(password: str) -> None:
    try:
        raise KeyError(password)
    except KeyError as reason:
        raise RuntimeError("outer", {"password": password}) from reason

@flow
@leaves_clean
def body(password: str = "not given") -> None:
    key = resolve("file://" + sys.argv[1]).reveal()
    get_run_logger().info("a key:\\n" + key)
    for line in key.splitlines():
        get_run_logger().info("its line " + line)
    raise ValueError("in the body of a flow: " + key)

@flow(log_prints=True)
def story() -> None:
    body(return_state=True)
    password = resolve("env://CANARY_REFERENCE").reveal()
    look(password)
    assert flaky(password) == 2
    assert hidden(resolve("env://CANARY_REFERENCE")) == "*** Secret(***)"
    fail(password)

install_hooks()
story()
"""
CANARY = "kan/4r'enVogel+42"
KEY = "-----BEGIN KEY-----\nkanarieFirstLine\nkanarieSecondLine\n-----END KEY-----\n"
NEEDLES = (CANARY, "enVogel", "4r\\'en", "vNHInZW5Wb2dlbCs0", "enVogel%2B42", "kanarie")


def test_no_log_row_state_artifact_or_console_line_of_a_flow_carries_a_secret(tmp_path: Path) -> None:
    (tmp_path / "story.py").write_text(FLOW)
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    environment = {
        **{name: word for name, word in os.environ.items() if not name.startswith("PREFECT_")},
        "CANARY_REFERENCE": CANARY,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    ran = subprocess.run(
        [sys.executable, str(tmp_path / "story.py"), str(tmp_path / "key")],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
    )
    console = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert "RuntimeError" in console and "and a traceback" in console
    rows = everything_kept(tmp_path / "prefect" / "prefect.db")
    assert "plain ***" in rows and "in an artifact: ***" in rows and "looks with ***" in rows
    assert "in arguments ***" in rows and "inner ***" in rows and "printed ***" in rows and "RuntimeError" in rows
    assert "in the body of a flow: ***" in rows and "its line ***" in rows and "Basic dXNlcjp***g==" in rows
    (tmp_path / "key").unlink()
    for needle in NEEDLES:
        assert needle not in console
        assert needle not in rows
        assert not [file for file in tmp_path.rglob("*") if file.is_file() and needle.encode() in file.read_bytes()]


def everything_kept(database: Path) -> str:
    with sqlite3.connect(database) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        rows = [repr(row) for table in tables for row in connection.execute(f'select * from "{table}"')]
    connection.close()
    return "\n".join(rows)
