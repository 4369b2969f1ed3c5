"""What the network said of pictures, kept for a while."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_ID_BYTES = 16


class Store(Generic[T]):
    """Values by an id that cannot be guessed: at most ``count``, each for ``expiry`` seconds after
    its last use. Of more the longest unused goes. For one thread."""

    def __init__(
        self, count: int, expiry: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count, self._expiry, self._clock = count, expiry, clock
        self._kept: OrderedDict[str, tuple[T, float]] = OrderedDict()

    def add(self, value: T) -> str:
        """Keep a value and return its id."""
        self._expire()
        while len(self._kept) >= self._count:
            self._kept.popitem(last=False)
        name = secrets.token_urlsafe(_ID_BYTES)
        self._kept[name] = value, self._clock()
        return name

    def get(self, name: str) -> T | None:
        """The value of an id, which counts as a use; None where it is not kept (any more)."""
        self._expire()
        if name not in self._kept:
            return None
        value, _ = self._kept.pop(name)
        self._kept[name] = value, self._clock()
        return value

    def remove(self, name: str) -> bool:
        """Forget a value; False where there was none."""
        self._expire()
        return self._kept.pop(name, None) is not None

    def __len__(self) -> int:
        self._expire()
        return len(self._kept)

    def _expire(self) -> None:
        """Order of use is order of time, so the old ones stand first."""
        oldest = self._clock() - self._expiry
        while self._kept and next(iter(self._kept.values()))[1] <= oldest:
            self._kept.popitem(last=False)
