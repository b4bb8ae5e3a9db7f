"""The rules about rooms: why each is one, what to do instead, and examples it must catch and let pass."""

from tests.knows.house import Rule
from tests.knows.house_rules import (
    TYPED_FORMS,
    doors,
    environment,
    mocks,
    policies,
    prefect,
    pure,
    rooms,
    shell,
    tasks_alone,
    typed_forms,
)

TASK = "@observes('x')\ndef look() -> int: return 1\n"

RULES = (
    Rule(
        rooms,
        "Rooms know only what lies below them, so each can be read and tested alone: move the code to the room of the "
        "lower kind, or hand the value in.",
        bad=(
            ("mainstay/a.py", "import edge.hosts"),
            ("edge/a.py", "from tasks import policies"),
            ("tasks/a.py", "from flows.deploy import deploy"),
            ("flows/a.py", "from edge import hosts"),
            ("flows/a.py", "def f():\n    import edge.hosts"),
            ("deployments/a.py", "from tasks.traffic import switch"),
            ("residents/a.py", "from deployments import bootstrap"),
            ("practice/a.py", "import mainstay"),
            ("workshop/a.py", "from mainstay.errors import Refused"),
            ("edge/a.py", "from tests.knows import house"),
        ),
        good=(
            ("flows/a.py", "from flows.restore import restore\nfrom tasks.traffic import switch\nimport mainstay.turn"),
            ("deployments/a.py", "from flows import deploy\nfrom edge.settings import Settings\nimport mainstay"),
            ("tests/a.py", "import flows, tasks, edge"),
        ),
    ),
    Rule(
        doors,
        "The world is touched through doors, where deadlines, redaction and the dying of children are seen to: call a "
        "module of edge/ instead.",
        bad=(
            ("tasks/a.py", "import subprocess"),
            ("flows/a.py", "from httpx import get"),
            ("deployments/a.py", "import boto3.session"),
            ("residents/a.py", "import psutil"),
            ("mainstay/a.py", "import socket"),
            ("tasks/a.py", "from urllib.request import urlopen"),
            ("deployments/a.py", "from http.server import HTTPServer"),
            ("residents/a.py", "import os\nos.execvp('ls', ['ls'])"),
        ),
        good=(
            ("edge/a.py", "import subprocess, httpx, paramiko"),
            ("residents/gateway.py", "from http.server import HTTPServer"),
            ("deployments/a.py", "from httpx import HTTPStatusError, TransportError"),
            ("tasks/a.py", "from urllib.parse import quote"),
        ),
    ),
    Rule(
        prefect,
        "This room must work while Prefect is dead or absent: talk to its HTTP API through edge/, or move the code to "
        "tasks/, flows/ or deployments/.",
        bad=(
            ("mainstay/a.py", "import prefect"),
            ("edge/a.py", "from prefect.blocks.system import Secret"),
            ("residents/a.py", "from prefect import get_client"),
            ("practice/a.py", "import prefect_docker"),
        ),
        good=(("edge/a.py", "import edge.prefect_server"), ("tasks/a.py", "from prefect import runtime")),
    ),
    Rule(
        environment,
        "What depends on the environment must be seen in one place: read it in edge/settings.py and hand the value in.",
        bad=(
            ("edge/hosts.py", "import os\nx = os.environ['HOME']"),
            ("residents/a.py", "from os import environ"),
            ("flows/a.py", "import os\nx = os.getenv('HOME')"),
            ("workshop/a.py", "import os\nos.environ.update()"),
        ),
        good=(
            ("edge/settings.py", "import os\nx = os.environ"),
            ("edge/processes.py", "import os\nx = os.environ"),
            ("edge/secrets/__init__.py", "import os\nx = os.environ"),
            ("edge/hosts.py", "import os\nx = os.getpid()"),
        ),
    ),
    Rule(
        policies,
        "What is repeated, and how often, must be said in one place: use observes, converges or once of "
        "tasks/policies.py; a flow has neither retries nor timeout_seconds.",
        bad=(
            ("tasks/a.py", "from prefect import task"),
            ("flows/a.py", "import prefect\n@prefect.task\ndef f(): ..."),
            ("tasks/a.py", "f = look.with_options(retries=3)"),
            ("flows/a.py", "@flow(retries=1)\ndef f(): ..."),
            ("flows/a.py", "@flow(timeout_seconds=60)\ndef f(): ..."),
        ),
        good=(
            ("tasks/policies.py", "from prefect import task\nx = task(retries=4)"),
            ("edge/store/s3.py", "x = Config(retries={'total_max_attempts': 1})"),
            ("tasks/a.py", TASK),
        ),
    ),
    Rule(
        shell,
        "A line of shell breaks on the first strange name and hides what runs: hand over words, one by one.",
        bad=(
            ("edge/a.py", "subprocess.run('ls', shell=True)"),
            ("tests/a.py", "os.system('ls')"),
            ("workshop/a.py", "subprocess.call(x, shell=y)"),
            ("tasks/a.py", "run(['sh', '-c', 'ls | wc'])"),
            ("edge/a.py", "run(('setpriv', '--', '/bin/sh', '-c', text))"),
        ),
        good=(
            ("edge/a.py", "run(['sh', 'gate.sh', state])"),
            ("tests/a.py", "LocalHost(home, shell=('busybox', 'ash'))"),
        ),
    ),
    Rule(
        pure,
        "What Mainstay knows is computed from its arguments alone, so that it can be tested in milliseconds and "
        "trusted at 3 a.m.: let a door look, and hand in what it saw (also what time it is).",
        bad=(
            ("mainstay/a.py", "from datetime import datetime\nx = datetime.now(UTC)"),
            ("mainstay/a.py", "import datetime\nx = datetime.datetime.utcnow()"),
            ("mainstay/a.py", "import time"),
            ("mainstay/a.py", "from random import shuffle"),
            ("mainstay/a.py", "import os.path"),
            ("mainstay/a.py", "x = open('a')"),
            ("mainstay/a.py", "from pathlib import Path\nx = Path('a').read_text()"),
            ("mainstay/a.py", "import uuid\nx = uuid.uuid4()"),
        ),
        good=(
            ("mainstay/a.py", "from datetime import datetime\nx = datetime.fromisoformat('2026-11-20')"),
            ("edge/clock.py", "import time\nfrom datetime import datetime\nx = datetime.now()"),
        ),
    ),
    Rule(
        mocks,
        "A mock proves that the code calls what the code calls: start the real thing, or write a small honest fake "
        "behind the same contract.",
        bad=(
            ("tests/knows/a.py", "from unittest.mock import Mock"),
            ("tests/doors/a.py", "from unittest import mock"),
            ("tests/doors/a.py", "def test_it(tmp_path, monkeypatch): ..."),
            ("tests/doors/a.py", "def test_it(*, mocker): ..."),
        ),
        good=(("tests/doors/a.py", "def test_it(tmp_path): ..."),),
    ),
    Rule(
        typed_forms,
        "Prefect then silently loses the types of a flow's form: delete that import, quote the one name that needs it.",
        bad=tuple((f"{room}/a.py", "from __future__ import annotations") for room in TYPED_FORMS),
        good=(("mainstay/a.py", "from __future__ import annotations"),),
    ),
    Rule(
        tasks_alone,
        "A task observes or changes one thing; a task in a task hides the second one's retries and its line in the "
        "run's view: call both from the flow, or share a plain function.",
        bad=(
            ("tasks/a.py", TASK + "@once('y')\ndef change() -> int: return look()"),
            ("tasks/a.py", TASK + "def plain() -> int: return look.submit()"),
            ("tasks/a.py", "import tasks.a\n" + TASK + "def plain() -> int: return tasks.a.look()"),
        ),
        good=(("tasks/a.py", TASK + "def plain() -> int: return 1\n@once('y')\ndef change() -> int: return plain()"),),
    ),
)
