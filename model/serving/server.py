"""Listening, and ending when asked to."""

import contextlib
import errno
import os
import signal
import socket
import threading
from collections.abc import Collection, Iterator
from types import FrameType

import uvicorn

from manifests.errors import UserError
from model.serving import protocol
from model.serving.app import create_app
from model.serving.edge import Edge
from model.serving.service import Service

GRACE = 3
"""Seconds that answers at work have when the server is stopped."""


def listen(host: str, port: int) -> socket.socket:
    """A socket at an address, 0 for any free port. Raises UserError where there can be none."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=protocol.CONNECTIONS)
    except (OSError, OverflowError, UnicodeError) as error:
        raise UserError(f"cannot listen on {host}, port {port}: {_reason(error)}") from error


def address(listener: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listener.getsockname()[:2]
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{here}]:{port}/" if ":" in here else f"http://{here}:{port}/"


def serve(service: Service, listener: socket.socket, names: Collection[str] = ()) -> "Server":
    """Answer until SIGINT or SIGTERM, or ``Server.stop``. names: hosts beside localhost and all
    addresses."""
    server = make_server(service, names)
    server.run([listener])
    return server


def make_server(service: Service, names: Collection[str] = ()) -> "Server":
    """A server that is not yet running."""
    edge = Edge(create_app(service), names, lambda: server.connections > protocol.CONNECTIONS)
    config = uvicorn.Config(
        edge,
        http=protocol.PatientProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
    )
    server = Server(config, service)  # which the edge asks
    return server


class Server(uvicorn.Server):
    """uvicorn's, but a signal is the regular way to end it; a second one ends it at once."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    @property
    def connections(self) -> int:
        """How many are open, idle ones included."""
        return len(self.server_state.connections)

    def stop(self) -> None:
        """End it, from any thread."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """What waits is refused, what is at work is answered."""
        self._service.desk.close()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals end the loop, and are not raised anew after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks, the second does not."""
        if self.should_exit:
            os._exit(128 + sig)
        self.should_exit = True


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EADDRINUSE:
        return "another program is using it. Choose another --port, or 0 for any that is free"
    if number == errno.EACCES:
        return "this needs rights that you do not have. Choose a --port above 1023"
    if isinstance(error, socket.gaierror) or number == errno.EADDRNOTAVAIL:
        return "this machine has no such address. Choose another --host, such as 127.0.0.1"
    return f"{error}"
