"""The order of the work: many requests, one thread that decodes pictures, one for the network.

MindSpore is not safe with threads, and Pillow's limit of pixels is a global one. Both threads let
the event loop run: they spend their time in C.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from model.config import Config
from model.outputs import Outputs
from model.serving import problems
from model.serving.limits import Limits
from model.serving.turns import turn_of
from model.serving.uploads import decode_picture

DECODED = 4
"""Decoded pictures in memory at a time; the network never waits for more than the next."""
STUCK = 3.0
"""Times the limit of an answer after which a network that is still at work counts as lost."""


class Network(Protocol):
    """What finds text: a backend of ``model.export``, or what stands in for it in tests."""

    config: Config
    """What it was built from."""

    def outputs(self, image: npt.NDArray[np.uint8]) -> Outputs:
        """What the network says of a (height, width, 3) uint8 RGB picture."""


@dataclass(frozen=True)
class Seen:
    """A picture's outputs and what they took."""

    outputs: Outputs
    picture_seconds: float
    network_seconds: float


class Desk:
    """Takes pictures on, a bounded number of them, and has them decoded and seen in their order.

    ``network``: what loads or is the network; it is called in the thread that will run it, by
    ``open``. All methods but ``open`` and ``close`` belong to the event loop.
    """

    def __init__(self, network: Callable[[], Network], limits: Limits) -> None:
        self._load, self._limits = network, limits
        self._pictures = ThreadPoolExecutor(1, "pictures")
        self._runner = ThreadPoolExecutor(1, "network")
        self._decoded = asyncio.Semaphore(DECODED)
        self._network: Network | None = None
        self._since: float | None = None
        self.in_hand = 0
        """Pictures that wait or are at work, and that somebody waits for."""
        self.closing = False

    def open(self) -> Network:
        """Load the network in its thread and let it see a first picture, which compiles it."""
        self._network = self._runner.submit(self._opened).result()
        return self._network

    def close(self) -> None:
        """Take nothing on any more. What waits is cancelled; what is at work goes on."""
        for executor in (self._pictures, self._runner):
            executor.shutdown(wait=False, cancel_futures=True)
        self.closing = True

    def wait(self, patience: float) -> bool:
        """Whether the network has come to rest after at most so many seconds."""
        until = time.monotonic() + patience
        while self._since is not None and time.monotonic() < until:
            time.sleep(0.01)
        return self._since is None

    @property
    def is_ready(self) -> bool:
        """Whether a picture sent now would be looked at."""
        since = self._since
        stuck = since is not None and time.monotonic() - since > STUCK * self._limits.seconds
        return self._network is not None and not self.closing and not stuck

    async def look(self, data: bytes) -> Seen:
        """What the network says of a picture's file. Raises Problem."""
        with self._place():
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await self._look(data)
            except TimeoutError as error:
                raise problems.late(self._limits) from error
            except asyncio.CancelledError as error:
                if self.closing:
                    raise problems.ending() from error
                raise

    @contextlib.contextmanager
    def _place(self) -> Iterator[None]:
        self._require_open()
        if self.in_hand >= self._limits.queue:
            raise problems.busy()
        self.in_hand += 1
        try:
            yield
        finally:
            self.in_hand -= 1

    async def _look(self, data: bytes) -> Seen:
        async with turn_of(self._decoded) as turn:
            began = time.perf_counter()
            self._require_open()
            box = [await turn.hand(self._pictures, self._decode, [data])]
            decoded = time.perf_counter() - began
            self._require_open()
            outputs, seconds = await turn.hand(self._runner, self._run, box)
        return Seen(outputs, decoded, seconds)

    def _require_open(self) -> None:
        if self.closing:
            raise problems.ending()

    def _decode(self, data: bytes) -> npt.NDArray[np.uint8]:
        return decode_picture(data, self._limits)

    def _opened(self) -> Network:
        network = self._load()
        shape = network.config.network
        network.outputs(np.zeros((shape.input_height, shape.input_width, 3), np.uint8))
        return network

    def _run(self, pixels: npt.NDArray[np.uint8]) -> tuple[Outputs, float]:
        if self._network is None:
            raise RuntimeError("the desk is not open")
        self._since, began = time.monotonic(), time.perf_counter()
        try:
            return self._network.outputs(pixels), time.perf_counter() - began
        finally:
            self._since = None
