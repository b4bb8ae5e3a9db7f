"""Tells a person how a change goes. It has two seconds a time, remembers what it could not say, and never raises."""

from collections.abc import Callable

from edge.prefect_server import PrefectServer, Run
from edge.secrets.redaction import redact
from mainstay.audit import asker, asker_of_run
from mainstay.errors import ServerLost, ServerRefused
from mainstay.notices import Notice


class Teller:
    """Without a server, or without a run in it, there is nobody to tell."""

    def __init__(self, server: PrefectServer | None, run: str | None) -> None:
        self._server, self._run = server, run
        self._progress: str | None = None
        self.unsaid: list[str] = []

    def progress(self, percent: float, what: str) -> None:
        said = f"{percent:.0f} %: {redact(what)}"

        def tell(server: PrefectServer) -> None:
            if self._progress is None:
                self._progress = server.show_progress("progress", percent, run=self._run, description=said)
            else:
                server.update_progress(self._progress, percent, said)

        self._tell(tell, f"progress: {what}")

    def report(self, key: str, markdown: str) -> None:
        def tell(server: PrefectServer) -> None:
            server.show_markdown(key, redact(markdown), run=self._run, description="what was done, and why")

        self._tell(tell, "the report")

    def event(self, notice: Notice) -> None:
        """The same news in Prefect's own feed, where automations can hear it."""

        def tell(server: PrefectServer) -> None:
            about = f"mainstay.{notice.system}.{notice.environment}"
            event = f"mainstay.notice.{notice.severity.value}"
            server.emit(event, resource=about, name=redact(notice.subject), payload={"key": notice.key}, run=self._run)

        self._tell(tell, f"the event «{notice.subject}»")

    def asked_by(self) -> str | None:
        """Who started the run, and from where; None: it is no run of a server, so whoever runs this process."""
        if self._server is None or self._run is None:
            return None
        found: list[Run | None] = []
        run = self._run
        self._tell(lambda server: found.append(server.run(run)), "who asked for it")
        if not found or found[0] is None:
            return asker("somebody", "Prefect, whose server could not be asked")
        return asker_of_run(found[0].tags, found[0].created_by)

    def _tell(self, tell: Callable[[PrefectServer], object], what: str) -> None:
        if self._server is None or self._run is None:
            return
        try:
            tell(self._server)
        except (ServerLost, ServerRefused) as reason:
            self.unsaid.append(f"{what} ({reason})")
