"""The door to a mail server."""

import smtplib
import ssl
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256

from edge import machine, secrets
from edge.secrets.redaction import redact
from mainstay.notices import Answer, MailTo, Notice, Severity

_TLS_PORT = 465
_HERE = ("localhost", "127.0.0.1", "::1")


def send(notice: Notice, to: MailTo, at: datetime, *, timeout_seconds: float) -> Answer:
    """One try. Delivered is what the server took for every recipient."""
    host, port = _server(to.server)
    try:
        with closing(_connect(host, port, timeout_seconds)) as server:
            secure = _secure(server, host)
            if to.password_reference and not secure and host not in _HERE:
                return Answer(
                    False, f"{to.server} offers no encryption (STARTTLS), so the password was not sent to it."
                )
            _log_in(server, to)
            refused = server.send_message(_message(notice, to, at), to.sender, list(to.recipients))
    except ssl.SSLCertVerificationError as reason:
        return Answer(False, f"The certificate of {to.server} is not trusted here: {reason.verify_message}.")
    except smtplib.SMTPRecipientsRefused as reason:
        return _refused(to, reason.recipients)
    except smtplib.SMTPResponseException as reason:
        said = redact(f"{to.server} answered {reason.smtp_code} {_plain(reason.smtp_error)}.")
        return Answer(False, said, worth_again=reason.smtp_code < 500)
    except (OSError, smtplib.SMTPServerDisconnected) as reason:
        return Answer(
            False, redact(f"{to.server} did not answer: {reason} ({type(reason).__name__})."), worth_again=True
        )
    return _refused(to, refused) if refused else Answer(True, f"{to.server} took it")


def _connect(host: str, port: int, timeout_seconds: float) -> smtplib.SMTP:
    called = machine.name()  # smtplib would ask the name service for it, which may take its time
    if port == _TLS_PORT:
        tls = ssl.create_default_context()
        return smtplib.SMTP_SSL(host, port, called, timeout=timeout_seconds, context=tls)
    return smtplib.SMTP(host, port, called, timeout=timeout_seconds)


def _secure(server: smtplib.SMTP, host: str) -> bool:
    if isinstance(server, smtplib.SMTP_SSL):
        return True
    server.ehlo_or_helo_if_needed()
    if not server.has_extn("starttls"):
        return False
    server.starttls(context=ssl.create_default_context())
    return True


def _log_in(server: smtplib.SMTP, to: MailTo) -> None:
    if to.login_reference and to.password_reference:
        server.login(secrets.look_up(to.login_reference), secrets.resolve(to.password_reference).reveal())


def _message(notice: Notice, to: MailTo, at: datetime) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = notice.subject
    message["From"] = to.sender
    message["To"] = ", ".join(to.recipients)
    message["Date"] = format_datetime(at)
    mark = sha256(f"{notice.key} {at.isoformat()}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{mark}@mainstay>"  # the same on every try: a mailbox shows it once
    message["Auto-Submitted"] = "auto-generated"
    if notice.severity is Severity.ALARM:
        message["X-Priority"] = "1"
    message.set_content(notice.text)
    return message


def _server(said: str) -> tuple[str, int]:
    """A server by its name, or by a reference to where that lies."""
    address = secrets.look_up(said) if "://" in said else said
    host, separator, port = address.rpartition(":")
    if not separator or not port.isdecimal():
        return address, smtplib.SMTP_PORT
    return host.strip("[]"), int(port)


def _refused(to: MailTo, refused: dict[str, tuple[int, bytes]]) -> Answer:
    """Only those who were refused are tried again."""
    why = "; ".join(f"{who}: {code} {_plain(words)}" for who, (code, words) in refused.items())
    return Answer(
        False,
        redact(f"{to.server} refused {why}."),
        worth_again=all(code < 500 for code, _ in refused.values()),
        remaining=replace(to, recipients=tuple(refused)),
    )


def _plain(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words
