"""A websocket that is kept all along: a numbered word twice a second, and each must come back.

A word that had no echo when the connection ended is said again on the next one, as any client does that
was told to come back; it is counted once, when it came back or when the patience for it was over.
"""

import asyncio
import random
import ssl
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from edge.prober.exchange import in_words
from edge.prober.notebook import Asked, Notebook
from edge.prober.pace import Pace
from mainstay.sights import BACK_WITHIN_SECONDS, RESTARTS, SWITCHING_PROTOCOLS, Target

WORD_SECONDS = 0.5
JITTER_SECONDS = 0.3  # so that not all who were sent away come back at the same moment
AGAIN_SECONDS = 0.25  # between two tries to come back
ANEW_SECONDS = 1.0  # between two tries, each of which is counted
FAREWELL_SECONDS = 0.3
LOST = 1006  # what RFC 6455 calls an end without a word


class Conversation:
    def __init__(self, target: Target, address: str, notebook: Notebook, trust: ssl.SSLContext | None) -> None:
        self._shows, self._address, self._notebook = target.shows, address, notebook
        self._patience_seconds, self._agent = target.patience_seconds, target.agent
        self._trust = trust if address.startswith("wss:") else None
        self._number = 0
        self._word: Asked | None = None  # said, and not back yet

    async def go_on(self, pace: Pace) -> None:
        """Until the end, over any number of connections."""
        socket: ClientConnection | None = None
        while not pace.over:
            socket = socket or await self._begin(pace)
            if socket is not None:
                socket = await self._until_closed(socket, pace)

    async def _begin(self, pace: Pace) -> ClientConnection | None:
        asked = self._notebook.ask("websocket")
        try:
            socket = await self._connected(self._patience_seconds)
        except (OSError, WebSocketException) as reason:
            self._notebook.answered(asked, *self._refusal(reason), ok=False)
            await pace.pause(ANEW_SECONDS)
            return None
        self._notebook.answered(asked, SWITCHING_PROTOCOLS, self._shown_by(socket))
        return socket

    async def _until_closed(self, socket: ClientConnection, pace: Pace) -> ClientConnection | None:
        """What it went on with, if the server said that it should come back, and it could."""
        shows = self._shown_by(socket)
        try:
            await self._talk(socket, shows, pace)
            await socket.close()
            return None
        except ConnectionClosed as reason:
            code = reason.rcvd.code if reason.rcvd else LOST
        finally:
            socket.transport.abort()
        asked = self._notebook.ask("websocket")
        closed = f"closed {code} by {shows or 'the server'}"
        if code == RESTARTS:
            return await self._come_back(asked, closed, pace)
        self._notebook.answered(asked, code, shows, closed, ok=False)
        return None

    async def _talk(self, socket: ClientConnection, shows: str, pace: Pace) -> None:
        while not pace.over:
            due = asyncio.get_running_loop().time() + WORD_SECONDS
            again = self._word is not None
            asked = self._word = self._word or self._notebook.ask("websocket")
            word = f"word {self._number}"
            back = asked.seconds < self._patience_seconds and await self._comes_back(socket, word, asked)
            why = f"{word} did not come back within {self._patience_seconds:g} s"
            said_again = "said again: the connection ended before it came back" if again else ""
            self._notebook.answered(asked, SWITCHING_PROTOCOLS, shows, said_again if back else why, ok=back)
            self._word, self._number = None, self._number + 1
            await self._listen(socket, due)

    async def _listen(self, socket: ClientConnection, due: float) -> None:
        """So that an end is heard when it comes, not when the next word is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(due):
                while True:
                    await socket.recv()

    async def _comes_back(self, socket: ClientConnection, word: str, asked: Asked) -> bool:
        """What else is heard meanwhile was not meant for us."""
        await socket.send(word)
        try:
            async with asyncio.timeout(self._patience_seconds - asked.seconds):
                while await socket.recv() != word:
                    pass
        except TimeoutError:
            return False
        return True

    async def _come_back(self, asked: Asked, closed: str, pace: Pace) -> ClientConnection | None:
        """Sent away, one comes back at once and tries a few times; that is one question, not many."""
        await pace.pause(random.uniform(0, JITTER_SECONDS))
        why = "no time was left"
        while (left := BACK_WITHIN_SECONDS - asked.seconds) > 0:
            try:
                socket = await self._connected(left)
            except (OSError, WebSocketException) as reason:
                why = self._refusal(reason)[2]
                await pace.pause(AGAIN_SECONDS)
            else:
                self._notebook.answered(asked, RESTARTS, self._shown_by(socket), closed, ok=True)
                return socket
        why = f"{closed}, and not back within {BACK_WITHIN_SECONDS:g} s: {why}"
        self._notebook.answered(asked, RESTARTS, "", why, ok=False)
        return None

    async def _connected(self, patience_seconds: float) -> ClientConnection:
        return await connect(
            self._address,
            ssl=self._trust,
            proxy=None,  # one named in somebody's environment is not on the users' way
            compression=None,
            ping_interval=None,  # the words are signs of life enough
            open_timeout=patience_seconds,
            close_timeout=FAREWELL_SECONDS,
            user_agent_header=self._agent,
        )

    def _shown_by(self, socket: ClientConnection) -> str:
        return socket.response.headers.get(self._shows, "") if socket.response else ""

    def _refusal(self, reason: Exception) -> tuple[int, str, str]:
        """Status, what was shown, and why."""
        if isinstance(reason, InvalidStatus):
            answer = reason.response
            return answer.status_code, answer.headers.get(self._shows, ""), f"answered {answer.status_code}"
        return 0, "", in_words(reason)
