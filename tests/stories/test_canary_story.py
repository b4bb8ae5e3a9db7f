"""Every reference this version resolves leads to a secret, and everything that may fail with it fails."""

import signal
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from edge import practice_site, processes
from edge.ports import free_ports
from tests.databases import Ground, folder, program_of, serves
from tests.doors.bad_receiver import Receiver, receiving
from tests.drills.change_rig import Target, begun, held_up, settled
from tests.drills.running_change import ended_state, when
from tests.running import running
from tests.stories.canary_rig import Search, arguments_of_all, canary
from tests.waiting import until
from tests.whole import Whole, whole_installation

NAMES = ("webhook", "failing-webhook", "dead-webhook", "mail", "wrong-mail", "dead-man")
DESCRIPTOR = """\
  webhooks: [env://CANARY_WEBHOOK, "file://{secrets}/failing-webhook", env://CANARY_DEAD_WEBHOOK]
  mail:
    to: [ops@shop.example]
    sender: mainstay@shop.example
    server: {mail}
    login: {{user: env://CANARY_MAIL_USER, password: "file://{secrets}/mail"}}
"""


@dataclass
class Mailbox:
    password: str
    mails: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 taken"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=given.password == self.password.encode(), handled=False)


@dataclass
class Canaries:
    """An installation that knows many secrets, and all that it has told anybody."""

    whole: Whole
    search: Search
    database: str
    data: Path
    logs: Path
    temporary: Path


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    ground, search = tmp_path_factory.mktemp("canary"), Search({name: canary(name) for name in NAMES})
    with (
        named_database(search, ground) as (address, data),
        mailbox(search) as (mails, server),
        receiving("200") as taking,
        receiving("500") as failing,
        receiving("200") as dead_man,
    ):
        words = laid_out(ground, search, address, server, taking, failing, dead_man)
        with arguments_of_all() as arguments, whole_installation(ground / "home", **words) as whole:
            login = (whole.home / "platform" / "login").read_text()
            search.secrets["login"] = login.partition(":")[2]
            made = Canaries(whole, search, address, data, ground / "logs", ground / "tmp")
            everything_happens(made, ground / "secrets")
            search.said += [str(body).encode() for body in taking.bodies] + mails.mails + sorted(arguments)
            assert taking.bodies and mails.mails
            until(lambda: bool(dead_man.paths), seconds=120)  # said every minute in which all is well
            yield made


@contextmanager
def named_database(search: Search, ground: Path) -> Iterator[tuple[str, Path]]:
    """Somebody's PostgreSQL; its password is a secret of ours."""
    with folder() as place:
        cluster = Ground(ground, place).cluster()
        program, port = program_of(cluster)
        search.secrets["database"] = cluster.password
        with running(program, ground / "logs"):
            until(lambda: serves(cluster, port), seconds=60)
            yield f"postgresql://{cluster.user}:{cluster.password}@127.0.0.1:{port}/postgres", cluster.data


@contextmanager
def mailbox(search: Search) -> Iterator[tuple[Mailbox, str]]:
    box, port = Mailbox(search.secrets["mail"]), free_ports(1)[0]
    taking = Controller(box, hostname="127.0.0.1", port=port, authenticator=box.authenticate, auth_require_tls=False)
    taking.start()
    try:
        yield box, f"127.0.0.1:{port}"
    finally:
        taking.stop()


def laid_out(
    ground: Path, search: Search, database: str, mail: str, taking: Receiver, failing: Receiver, dead_man: Receiver
) -> dict[str, str]:
    """The descriptor with references, the files they lead to, and the words of the environment."""
    secrets = ground / "secrets"
    for made in (secrets, ground / "tmp"):
        made.mkdir(mode=0o700)
    keep(secrets / "mail", search.secrets["mail"])
    keep(secrets / "failing-webhook", f"{failing.address}/{search.secrets['failing-webhook']}")
    keep(secrets / "dead-man", f"{dead_man.address}/{search.secrets['dead-man']}")
    words = {
        "TMPDIR": str(ground / "tmp"),
        "MAINSTAY_PREFECT_DATABASE": "env://CANARY_DATABASE",
        "MAINSTAY_DEAD_MAN": f"file://{secrets}/dead-man",
        "CANARY_DATABASE": database,
        "CANARY_WEBHOOK": f"{taking.address}/{search.secrets['webhook']}",
        "CANARY_DEAD_WEBHOOK": f"http://127.0.0.1:{free_ports(1)[0]}/{search.secrets['dead-webhook']}",
        "CANARY_MAIL_USER": "shop",
    }
    descriptor = practice_site.lay_out_descriptor(Whole(ground / "home", words).settings)
    head, language, tail = descriptor.read_text().partition("  language: en # or ru\n")
    descriptor.write_text(head + language + DESCRIPTOR.format(secrets=secrets, mail=mail) + tail)
    return words


def keep(file: Path, secret: str) -> None:
    file.write_text(secret)
    file.chmod(0o600)


def everything_happens(made: Canaries, secrets: Path) -> None:
    whole, said = made.whole, made.search.said
    said.append(whole.command("notice", "practice", "production").text.encode())
    keep(secrets / "mail", made.search.secrets["wrong-mail"])
    said.append(whole.command("notice", "practice", "staging").text.encode())
    struck(begun(whole), signal.SIGTERM)  # undone by itself
    struck(begun(whole), signal.SIGKILL)  # undone by an undo
    assert settled(begun(whole)) == "Completed"
    said.append(whole.command("maintenance", "practice", "staging", "up", "--without-server").text.encode())
    a_lost_database(made)
    said.append(whole.command("status").text.encode())


def struck(target: Target, told: signal.Signals) -> None:
    with held_up(target):
        when(lambda: target.entry(1))
        target.strike(told)
        until(lambda: not target.alive, seconds=30)
    assert settled(target) == "RolledBack"
    ended_state(target)


def a_lost_database(made: Canaries) -> None:
    """Its password is changed under the server, and then changed back."""
    password = made.search.secrets["database"]
    with psycopg.connect(made.database, autocommit=True) as connection:
        connection.execute("alter role current_user password 'another'")
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()")
        time.sleep(5)
        connection.execute(psycopg.sql.SQL("alter role current_user password {}").format(password))
    until(made.whole.server.healthy, seconds=60)


def test_no_secret_is_found_anywhere(canaries: Canaries) -> None:
    search, home = canaries.search, canaries.whole.home
    assert search.in_files(home, spared=frozenset({home / "platform" / "login"})) == []
    assert search.in_files(canaries.logs) == []
    assert search.in_files(canaries.data) == []
    assert search.in_rows(canaries.database) == []
    assert search.in_what_was_said() == []


def test_a_story_without_a_server_leaves_nothing_behind(canaries: Canaries) -> None:
    assert list(canaries.temporary.glob("mainstay-without-server-*")) == []


PLANTED = "planted/0123456789abcdef+"
DRESSES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in an address": quote_plus,
    "in a login": lambda secret: b64encode(f"user:{secret}".encode()).decode(),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_the_search_finds_a_planted_secret(dress: str, canaries: Canaries) -> None:
    words = DRESSES[dress](PLANTED)
    search, log = Search({"planted": PLANTED}), canaries.whole.home / "logs" / "planted.log"
    canaries.whole.server.show_markdown("planted", f"before {words} after")
    with arguments_of_all() as arguments:
        processes.run([sys.executable, "-c", "import time; time.sleep(1)", words], deadline_seconds=20)
    search.said += sorted(arguments)
    log.write_text(f"before {words} after")
    try:
        assert search.in_files(canaries.whole.home) == [f"planted in {log}"]
    finally:
        log.unlink()
    assert "planted in table artifact" in search.in_rows(canaries.database)
    assert search.in_what_was_said() != []
