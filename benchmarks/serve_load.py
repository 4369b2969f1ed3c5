"""The server under load: many clients at a time, each answer compared with a lone one's.

    python -m benchmarks.serve_load [--requests 200] [--clients 8] [--pictures DIR] [--options ...]

A server of its own, in a process of its own, on a free port of the loopback. What ``--options`` are
given go to ``python -m model serve``. Without ``--pictures`` it sends made-up signs.
"""

import argparse
import contextlib
import http.client
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import cv2
import numpy as np

from benchmarks.measuring import table
from manifests.images import SUFFIXES

TIMEOUT = 300.0
SIGNS = ("EXIT", "Platform 2", "no parking", "OPEN")


@dataclass(frozen=True)
class Answer:
    """What came back, or did not (status 0), and when."""

    status: int
    body: bytes
    seconds: float


def main(argv: list[str] | None = None) -> int:
    """Measure and print; 1 where an answer was lost or differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pictures", type=Path, help="folder (default: made-up signs)")
    parser.add_argument("--options", nargs=argparse.REMAINDER, default=[], help="of the server")
    args = parser.parse_args(argv)
    pictures = read(args.pictures) if args.pictures else [sign(word) for word in SIGNS]
    with serving(args.options) as address:
        alone = [Client(address).ask(picture) for picture in pictures]
        began = time.perf_counter()
        answers = load(address, pictures, args.requests, args.clients)
        seconds = time.perf_counter() - began
    good = sum(
        answer.status == 200 and answer.body == first.body
        for answer, first in zip(answers, itertools.cycle(alone), strict=False)
    )
    report(alone, answers, good, seconds)
    return 0 if good == args.requests else 1


def report(alone: Sequence[Answer], answers: Sequence[Answer], good: int, seconds: float) -> None:
    """Print the figures."""
    waits = np.array([answer.seconds for answer in answers])
    statuses = Counter(answer.status for answer in answers)
    row = [
        f"{len(answers)}",
        f"{good}",
        " ".join(f"{status}: {count}" for status, count in sorted(statuses.items())),
        f"{seconds:.1f}",
        f"{len(answers) / seconds:.2f}",
        f"{np.median([answer.seconds for answer in alone]):.2f}",
        *(f"{np.quantile(waits, share):.2f}" for share in (0.5, 0.95, 1.0)),
    ]
    header = ["requests", "as alone", "statuses", "s", "a second", "alone s", "median s", "95 %"]
    print(table([*header, "longest"], [row]))


class Client:
    """A connection that is kept from request to request."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)

    def ask(self, picture: bytes) -> Answer:
        """Send a picture."""
        began = time.perf_counter()
        try:
            self._connection.request("POST", "/api/detect", picture)
            response = self._connection.getresponse()
            status, body = response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            status, body = 0, b""
        return Answer(status, body, time.perf_counter() - began)


def load(address: str, pictures: Sequence[bytes], requests: int, clients: int) -> list[Answer]:
    """The answers in the order of the requests, which take the pictures in turn."""
    mine = threading.local()

    def ask(number: int) -> Answer:
        if not hasattr(mine, "client"):
            mine.client = Client(address)
        client: Client = mine.client
        return client.ask(pictures[number % len(pictures)])

    with ThreadPoolExecutor(clients) as threads:
        return list(threads.map(ask, range(requests)))


@contextlib.contextmanager
def serving(options: Sequence[str]) -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    command = [sys.executable, "-m", "model", "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            lines = (line.split()[0] for line in process.stdout if line.strip())
            address = next((word for word in lines if word.startswith("http")), None)
            if address is None:
                raise RuntimeError("the server did not start")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=TIMEOUT)


def read(folder: Path) -> list[bytes]:
    """The pictures of a folder."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [path.read_bytes() for path in paths]


def sign(word: str) -> bytes:
    """A picture with a word on it."""
    pixels = np.full((720, 1280, 3), (90, 120, 60), np.uint8)
    cv2.putText(pixels, word, (200, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, (255, 255, 255), 6)
    return cv2.imencode(".jpg", pixels)[1].tobytes()


if __name__ == "__main__":
    sys.exit(main())
