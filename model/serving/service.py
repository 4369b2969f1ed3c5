"""What the server does, apart from HTTP: looks at pictures, keeps what it saw, decodes it again."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from model.config import Config
from model.serving import problems
from model.serving.desk import Desk, Seen
from model.serving.layers import detection, layers
from model.serving.limits import Limits
from model.serving.store import Store
from model.serving.thresholds import changed, sliders, values

Query = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class About:
    """What the network is."""

    checkpoint: str
    """Name or path, as it was given."""
    sha256: str
    own: Config
    """The checkpoint's, from which ``--set`` changes it."""


class Service:
    """A network, the pictures it has seen, and their order. For the event loop."""

    def __init__(self, desk: Desk, config: Config, about: About, limits: Limits) -> None:
        """config: the network's, with the thresholds where none are asked for."""
        self.desk, self.config, self.about, self.limits = desk, config, about, limits
        self._kept: Store[Seen] = Store(limits.pictures, limits.expiry)
        self._began = time.monotonic()

    async def detect(self, data: bytes, config: Config) -> dict[str, Any]:
        """The lines of a picture's file; nothing is kept. Raises Problem."""
        seen = await self.desk.look(data)
        found, _ = await _timed(lambda: detection(seen.outputs, config))
        return found

    async def add(self, data: bytes, config: Config) -> dict[str, Any]:
        """The layers of a picture's file, and the id under which it is kept. Raises Problem."""
        seen = await self.desk.look(data)
        found = await self._layers(seen, config)
        return {"id": self._kept.add(seen), **found}

    async def again(self, name: str, config: Config) -> dict[str, Any]:
        """The layers of a picture that is kept. Raises Problem (404)."""
        seen = self._kept.get(name)
        if seen is None:
            raise problems.unknown_picture()
        return {"id": name, **await self._layers(seen, config)}

    def remove(self, name: str) -> None:
        """Forget a picture. Raises Problem (404)."""
        if not self._kept.remove(name):
            raise problems.unknown_picture()

    def health(self) -> dict[str, Any]:
        """How the server is."""
        return {
            "ready": self.desk.is_ready,
            "checkpoint": self.about.checkpoint,
            "checkpoint_sha256": self.about.sha256,
            "queue": self.desk.in_hand,
            "pictures": len(self._kept),
            "uptime_seconds": round(time.monotonic() - self._began, 3),
        }

    def settings(self) -> dict[str, Any]:
        """What the page needs to know before the first picture."""
        network = self.config.network
        return {
            "checkpoint": self.about.checkpoint,
            "checkpoint_sha256": self.about.sha256,
            "input": [network.input_width, network.input_height],
            "limits": {"bytes": self.limits.bytes, "pixels": self.limits.pixels},
            "thresholds": sliders(self.config, self.about.own),
        }

    def changed(self, query: Query) -> Config:
        """The config with the thresholds of a query. Raises Problem (422)."""
        return changed(self.config, query)

    async def _layers(self, seen: Seen, config: Config) -> dict[str, Any]:
        found, seconds = await _timed(lambda: layers(seen.outputs, config))
        took = {
            "picture": round(seen.picture_seconds, 4),
            "network": round(seen.network_seconds, 4),
            "lines": round(seconds, 4),
        }
        return {**found, "thresholds": values(config), "seconds": took}


async def _timed(work: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], float]:
    """The result of work of milliseconds, done beside the event loop, and its seconds."""

    def timed() -> tuple[dict[str, Any], float]:
        began = time.perf_counter()
        return work(), time.perf_counter() - began

    return await asyncio.to_thread(timed)
