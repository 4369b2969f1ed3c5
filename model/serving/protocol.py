"""HTTP/1.1 with a limit to the time that a request's headers may take, and errors in JSON."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEADER_SECONDS = 10.0
"""From the opening of a connection, or the first bytes of its next request, to the end of the
request's headers. What comes after them has a limit of its own (``uploads``)."""
CONNECTIONS = 256
"""At a time. The next one takes the place of the longest that has sent no whole request."""
_DETAIL = b'{"error":"bad_request","detail":"This is no request of HTTP/1.1 that can be read."}'
_INVALID = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(_DETAIL), _DETAIL)
)


class PatientProtocol(H11Protocol):
    """uvicorn's, which waits for headers for ever and answers nonsense in plain text."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._push_out()
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Some bytes of it."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        super().connection_lost(exc)
        self._unwatch()

    def send_400_response(self, msg: str) -> None:
        """What it sends is no request. An answer that has begun is left as it is."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self._is_answering:
            self.transport.write(_INVALID)
        self.transport.close()

    @property
    def _is_answering(self) -> bool:
        cycle = self.cycle
        return cycle is not None and cycle.response_started and not cycle.response_complete

    def _push_out(self) -> None:
        waiting = [
            each for each in self.connections if isinstance(each, PatientProtocol) and each._due
        ]
        if waiting:
            oldest = min(waiting, key=lambda each: each._due.when() if each._due else 0)
            oldest._unwatch()
            oldest.transport.close()

    def _watch(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._due is None:
            self._due = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _unwatch(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
