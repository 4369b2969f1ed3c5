"""A picture's way through the threads, which ends where nobody waits for it any more."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class Turn:
    """One picture in the hands of one thread after the other."""

    def __init__(self) -> None:
        self._box: list[Any] = []
        self._work: Future[Any] | None = None

    async def hand(self, executor: Executor, work: Callable[[S], T], box: list[S]) -> T:
        """What a thread of ``executor`` makes of the one thing in ``box``, which it takes out.

        Work that is cancelled stays in an executor's queue until the thread comes to it. So that
        it keeps nothing in memory, the thing lies in a box that can be emptied before.
        """
        self._box, self._work = box, executor.submit(lambda: work(box.pop()))
        return await asyncio.wrap_future(self._work)

    def leave(self, over: Callable[[], None]) -> None:
        """Take back what no thread has begun; ``over`` is called in the event loop as soon as none
        has the picture: a thread cannot be stopped amid it."""
        if self._work is None or self._work.cancel() or self._work.done():
            self._box.clear()
            over()
            return
        loop = asyncio.get_running_loop()

        def tell(_: "Future[Any]") -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
                loop.call_soon_threadsafe(over)

        self._work.add_done_callback(tell)


@contextlib.asynccontextmanager
async def turn_of(places: asyncio.Semaphore) -> AsyncIterator[Turn]:
    """A turn that holds one of ``places`` for as long as its picture is in memory, also where the
    one who waits for it has left before."""
    await places.acquire()
    turn = Turn()
    try:
        yield turn
    finally:
        turn.leave(places.release)
