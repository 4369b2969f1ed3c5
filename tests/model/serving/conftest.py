"""A server on a free port of the loopback, with a network that is none: fast, and known."""

import contextlib
import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image as Pil

from model.config import Config, load_config
from model.outputs import Outputs
from model.serving.desk import Desk
from model.serving.limits import Limits
from model.serving.server import Server, address, listen, make_server
from model.serving.service import About, Service
from model.transforms import fit

ROWS, COLUMNS, HEIGHTS = 10, 20, (12.0, 24.0, 48.0)
_DEFAULTS = Limits()
STRONG, MIDDLE, FAINT = 0.95, 0.6, 0.3


class FakeNetwork:
    """Sees a word of seven columns in the row that the red of the first pixel says, red // 25, a
    middling neighbour at its end, and faint slices in the last row."""

    def __init__(self) -> None:
        config = load_config("lite")
        shape = replace(config.network, input_width=320, input_height=160, anchor_heights=HEIGHTS)
        self.config: Config = replace(config, network=shape)
        self.begun, self.calls, self.threads = 0, 0, set[str]()
        self.open = threading.Event()
        self.open.set()

    def outputs(self, image: np.ndarray) -> Outputs:
        self.begun += 1
        self.open.wait(60)
        self.calls += 1
        self.threads.add(threading.current_thread().name)
        scores = np.full((ROWS, COLUMNS, 3), 0.001, np.float32)
        row = min(int(image[0, 0, 0]) // 25, ROWS - 1)
        scores[ROWS - 1, 12:, 0] = FAINT
        scores[row, 3:10, 1] = STRONG
        scores[row, 10, 1] = MIDDLE
        side = np.zeros_like(scores)
        side[..., 3:7, :] = -0.4
        placed = fit(image.shape[1], image.shape[0], 320, 160)
        return Outputs(scores, np.zeros((ROWS, COLUMNS, 3, 2), np.float32), side, placed)


class Running:
    """A server at work: ``url``, and the parts behind it."""

    def __init__(self, service: Service, server: Server, network: FakeNetwork, url: str) -> None:
        self.service, self.server, self.network, self.url = service, server, network, url

    @property
    def port(self) -> int:
        return int(self.url.rstrip("/").rsplit(":", 1)[1])

    def client(self, **options: Any) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60, trust_env=False, **options)


@contextlib.contextmanager
def running(limits: Limits = _DEFAULTS, names: tuple[str, ...] = ()) -> Iterator[Running]:
    """A server in a thread of this process."""
    network = FakeNetwork()
    desk = Desk(lambda: network, limits)
    about = About("fake", "0" * 64, network.config)
    service = Service(desk, desk.open().config, about, limits)
    with listen("127.0.0.1", 0) as listener:
        server = make_server(service, names)
        thread = threading.Thread(target=server.run, args=([listener],))
        url = address(listener)
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield Running(service, server, network, url)
        finally:
            network.open.set()
            server.stop()
            thread.join(60)
    assert not thread.is_alive()


def wait_until(condition: Any, seconds: float = 60.0) -> None:
    """Fails where a condition does not come true."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


def picture(
    red: int = 100, size: tuple[int, int] = (640, 320), kind: str = "PNG", **more: Any
) -> bytes:
    """A plain picture's file."""
    buffer = io.BytesIO()
    Pil.new("RGB", size, (red, 90, 80)).save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    """A server with the default limits."""
    with running() as server:
        yield server


@pytest.fixture
def client(served: Running) -> Iterator[httpx.Client]:
    """Speaks to it."""
    with served.client() as client:
        yield client
