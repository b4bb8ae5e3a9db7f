import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from edge.notices import mail
from mainstay import news
from mainstay.notices import MailTo

MIDNIGHT = datetime(2026, 11, 20, tzinfo=UTC)
TRIAL = news.trial("shop", "production")
PASSWORD = "kanarienvogel-mail-33"


@dataclass
class Mailbox:
    refuses: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(envelope.rcpt_tos)
        return "250 taken"

    def authenticate(self, server: SMTP, session: Any, envelope: Any, mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


@contextmanager
def serving(mailbox: Mailbox, host: str = "127.0.0.1", **more: Any) -> Iterator[str]:
    with socket.create_server((host, 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname=host, port=port, authenticator=mailbox.authenticate, **more)
    controller.start()
    try:
        yield f"{host}:{port}"
    finally:
        controller.stop()


def to(server: str, *recipients: str, **more: str) -> MailTo:
    return MailTo(server, "mainstay@shop.example", recipients or ("anna@shop.example",), **more)


def test_a_mail_says_everything_and_is_the_same_mail_on_every_try() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as server:
        for _ in range(2):
            assert mail.send(TRIAL, to(server), MIDNIGHT, timeout_seconds=5).delivered
    one, two = mailbox.mails
    assert one["Subject"] == "[info] shop production: This is a trial notice."
    assert one["Message-ID"] == two["Message-ID"]
    assert "Это пробное уведомление." in one.get_content()


def test_only_who_was_refused_remains_to_be_told() -> None:
    mailbox = Mailbox(refuses={"gone@shop.example": "550 no such user kanarie", "busy@shop.example": "450 later"})
    with serving(mailbox) as server:
        some = mail.send(TRIAL, to(server, "anna@shop.example", "gone@shop.example"), MIDNIGHT, timeout_seconds=5)
        none = mail.send(TRIAL, to(server, "busy@shop.example"), MIDNIGHT, timeout_seconds=5)
    assert mailbox.recipients == [["anna@shop.example"]]
    assert not some.delivered and some.remaining == to(server, "gone@shop.example") and "no such user" in some.said
    assert not some.worth_again and none.worth_again


def test_nobody_there_is_said() -> None:
    with serving(Mailbox()) as server:
        pass
    answer = mail.send(TRIAL, to(server), MIDNIGHT, timeout_seconds=1)
    assert not answer.delivered and answer.worth_again and server in answer.said


def login(folder: Path, password: str) -> dict[str, str]:
    for name, word in (("login", "shop"), ("password", password)):
        (folder / name).write_text(word)
        (folder / name).chmod(0o600)
    return {"login_reference": f"file://{folder}/login", "password_reference": f"file://{folder}/password"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no second address of their own")
def test_a_password_is_not_sent_where_others_could_read_it(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with serving(mailbox, "127.0.0.2", auth_require_tls=False) as server:  # for all we know another machine
        answer = mail.send(TRIAL, to(server, **login(tmp_path, PASSWORD)), MIDNIGHT, timeout_seconds=5)
    assert not answer.delivered and "offers no encryption" in answer.said
    assert mailbox.logins == [] and mailbox.mails == []


def test_a_wrong_password_is_said_and_not_repeated(tmp_path: Path) -> None:
    mailbox = Mailbox()
    with serving(mailbox, auth_require_tls=False) as server:
        words = login(tmp_path, "kanarienvogel-wrong")
        answer = mail.send(TRIAL, to(server, **words), MIDNIGHT, timeout_seconds=5)
    assert not answer.delivered and not answer.worth_again
    assert "535" in answer.said and "kanarienvogel" not in answer.said
    assert {password for _, password in mailbox.logins} == {b"kanarienvogel-wrong"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


SEND = """
import sys
from datetime import UTC, datetime
from edge.notices import mail
from mainstay import news
from mainstay.notices import MailTo
to = MailTo(sys.argv[1], "a@shop.example", ("b@shop.example",), f"file://{sys.argv[2]}/login", f"file://{sys.argv[2]}/password")
print(mail.send(news.trial("shop", "production"), to, datetime.now(UTC), timeout_seconds=5))
"""


@pytest.mark.parametrize("trusted", [True, False])
def test_encryption_is_used_where_offered_and_only_with_who_is_trusted(
    tmp_path: Path, certificate: Path, trusted: bool
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    mailbox, words = Mailbox(), login(tmp_path, PASSWORD)
    with serving(mailbox, tls_context=tls, require_starttls=True) as server:
        said = subprocess.run(
            [sys.executable, "-c", SEND, server, str(tmp_path)],
            env={"SSL_CERT_FILE": str(certificate)} if trusted else {},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
    assert words and f"delivered={trusted}" in said
    assert mailbox.logins == ([(b"shop", PASSWORD.encode())] if trusted else [])
    assert trusted or "is not trusted here" in said
