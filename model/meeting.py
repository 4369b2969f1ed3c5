"""Where the processes of one training meet: each brings a text and gets those of all.

Collective operations of a device give up on a worker that is late (the CPU's after 30 s, while one
worker may evaluate for minutes) and say little of one that has died. A meeting waits as long as it
takes and ends when a worker does. Worker 0 is the host, the others are its guests.
"""

import json
import time
from multiprocessing.connection import Client, Connection, Listener

from manifests.errors import UserError

SECONDS_TO_BE_ENDED = 20.0
"""A worker whose fellow died waits so long for the launcher to end it, so that the launcher finds
the one that died, and not the others, to have ended first."""


class Meeting:
    """One worker's end; ``connections``: to all guests in their order, or to the host."""

    def __init__(self, rank: int, connections: list[Connection]) -> None:
        self.rank, self._connections = rank, connections

    def exchange(self, text: str) -> list[str]:
        """Everybody's text in the order of ranks. Raises UserError where a worker has ended."""
        try:
            return self._host(text) if self.rank == 0 else self._visit(text)
        except (EOFError, OSError) as error:
            time.sleep(SECONDS_TO_BE_ENDED)
            raise UserError("another worker has ended; its own log says why") from error

    def _host(self, text: str) -> list[str]:
        texts = [text, *(guest.recv_bytes().decode() for guest in self._connections)]
        for guest in self._connections:
            guest.send_bytes(json.dumps(texts).encode())
        return texts

    def _visit(self, text: str) -> list[str]:
        (host,) = self._connections
        host.send_bytes(text.encode())
        return [str(item) for item in json.loads(host.recv_bytes())]


def open_door(address: str, key: bytes) -> Listener:
    """The host's door on any free port of ``address``; ``.address`` has the port."""
    return Listener((address, 0), backlog=64, authkey=key)


def host(door: Listener, size: int) -> Meeting:
    """Wait for all guests. Raises OSError or AuthenticationError."""
    guests: dict[int, Connection] = {}
    while len(guests) < size - 1:
        guest = door.accept()
        guests[int(guest.recv_bytes())] = guest
    door.close()
    return Meeting(0, [guests[rank] for rank in sorted(guests)])


def visit(address: str, port: int, key: bytes, rank: int) -> Meeting:
    """Go to the host. Raises OSError or AuthenticationError."""
    connection = Client((address, port), authkey=key)
    connection.send_bytes(str(rank).encode())
    return Meeting(rank, [connection])
