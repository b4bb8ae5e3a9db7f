"""One connection of HTTP/2 over TLS, with any number of questions under way on it; nothing is asked twice."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset

from edge.prober.exchange import PIECE_BYTES, Answer, BadAnswer, Place

LAST_STREAM = 2**31 - 1


class Question:
    def __init__(self) -> None:
        self.status, self.shows = 0, ""
        self.whole: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def fail(self, why: str) -> None:
        if not self.whole.done():
            self.whole.set_exception(BadAnswer(why, self.shows))


class Http2:
    """Made by ``opened``; ``usable`` until the server says that it takes no more, or is gone."""

    def __init__(self, place: Place, shows: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._place, self._shows = place, shows.lower()
        self._reader, self._writer = reader, writer
        self._protocol = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._questions: dict[int, Question] = {}
        self.usable = True
        self._protocol.initiate_connection()
        self._flush()
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    @classmethod
    async def opened(cls, place: Place, shows: str, trust: ssl.SSLContext) -> "Http2":
        reader, writer = await asyncio.open_connection(place.host, place.port, ssl=trust)
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        if chosen != "h2":
            writer.transport.abort()
            raise BadAnswer(f"the server chose {chosen or 'no protocol'} where it was offered HTTP/2")
        return cls(place, shows, reader, writer)

    async def ask(self, path: str, more: Mapping[str, str]) -> Answer:
        number, question = self._protocol.get_next_available_stream_id(), Question()
        place = self._place
        head = {":method": "GET", ":scheme": "https", ":authority": place.authority, ":path": path}
        said = {**head, **{name.lower(): word for name, word in more.items()}}
        self._questions[number] = question
        try:
            self._protocol.send_headers(number, list(said.items()), end_stream=True)
            self._flush()
            await question.whole
        finally:
            del self._questions[number]
        return Answer(question.status, question.shows, anew=number == 1)

    def close(self) -> None:
        self.usable = False
        self._listening.cancel()
        if not self._writer.is_closing():
            self._protocol.close_connection()
            self._flush()
        self._writer.close()

    def abort(self) -> None:
        self.usable = False
        self._listening.cancel()
        self._writer.transport.abort()

    async def _listen(self) -> None:
        why = "the connection was closed before all was said"
        try:
            while data := await self._reader.read(PIECE_BYTES):
                for event in self._protocol.receive_data(data):
                    self._hear(event)
                self._flush()
        except OSError as reason:
            why = f"{type(reason).__name__}: {reason}"
        finally:
            self.usable = False
            for question in self._questions.values():
                question.fail(why)

    def _hear(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self._take_leave(event)
            return
        question = self._questions.get(getattr(event, "stream_id", None) or 0)
        if isinstance(event, DataReceived):
            self._protocol.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif question and isinstance(event, ResponseReceived):
            headers = {str(name): str(word) for name, word in event.headers}
            question.status, question.shows = int(headers[":status"]), headers.get(self._shows, "")
        elif question and isinstance(event, StreamReset):
            question.fail(f"its stream was reset (code {event.error_code})")
        elif question and isinstance(event, StreamEnded) and not question.whole.done():
            question.whole.set_result(None)

    def _take_leave(self, event: ConnectionTerminated) -> None:
        """What the server says that it did not take is lost to whoever asks once."""
        self.usable = False
        said = event.error_code or ErrorCodes.NO_ERROR
        last = LAST_STREAM if event.last_stream_id is None else event.last_stream_id
        for number, question in self._questions.items():
            if number > last or said != ErrorCodes.NO_ERROR:
                question.fail(f"the server said goodbye before it answered (code {int(said)})")

    def _flush(self) -> None:
        with suppress(OSError):  # whoever waits for an answer hears it from the reader
            self._writer.write(self._protocol.data_to_send())
