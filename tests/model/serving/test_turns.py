"""What stays in memory of pictures that nobody waits for any more."""

import asyncio
import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from model.serving.desk import DECODED, Desk
from model.serving.limits import Limits
from model.serving.problems import Problem
from model.serving.turns import turn_of
from tests.model.serving.conftest import FakeNetwork, picture


class Thing:
    """Something that takes memory."""


class Blocked:
    """An executor's one thread, at work on something until it is opened."""

    def __init__(self) -> None:
        self.executor, self.open = ThreadPoolExecutor(1), threading.Event()

    def begin(self) -> None:
        self.executor.submit(self.open.wait, 30)


@pytest.fixture
def blocked() -> Iterator[Blocked]:
    made = Blocked()
    yield made
    made.open.set()
    made.executor.shutdown()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def leave(task: "asyncio.Task[object]") -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_what_no_thread_has_begun_is_freed_with_its_place(blocked: Blocked) -> None:
    blocked.begin()
    seen: list[Thing] = []

    async def main() -> None:
        places, thing = asyncio.Semaphore(1), Thing()
        lives = weakref.ref(thing)

        async def wait(box: list[Thing]) -> None:
            async with turn_of(places) as turn:
                await turn.hand(blocked.executor, seen.append, box)

        task = asyncio.ensure_future(wait([thing]))
        del thing
        await until(places.locked)
        await leave(task)
        del task
        assert lives() is None
        assert not places.locked()

    asyncio.run(main())
    blocked.open.set()
    blocked.executor.shutdown()
    assert not seen


def test_a_place_is_kept_until_the_thread_is_done_with_the_picture(blocked: Blocked) -> None:
    begun = threading.Event()

    def work(_: Thing) -> None:
        begun.set()
        blocked.open.wait(30)

    async def main() -> None:
        places = asyncio.Semaphore(1)

        async def wait() -> None:
            async with turn_of(places) as turn:
                await turn.hand(blocked.executor, work, [Thing()])

        task = asyncio.ensure_future(wait())
        await until(begun.is_set)
        await leave(task)
        assert places.locked()
        blocked.open.set()
        await until(lambda: not places.locked())

    asyncio.run(main())


def test_a_thread_that_is_done_after_the_server_ended_says_nothing(
    blocked: Blocked, caplog: pytest.LogCaptureFixture
) -> None:
    begun = threading.Event()

    def work(_: Thing) -> None:
        begun.set()
        blocked.open.wait(30)

    async def main() -> None:
        async with turn_of(asyncio.Semaphore(1)) as turn:
            task = asyncio.ensure_future(turn.hand(blocked.executor, work, [Thing()]))
            await until(begun.is_set)
            await leave(task)

    asyncio.run(main())
    blocked.open.set()
    blocked.executor.shutdown()
    assert not caplog.records


class Decoded:
    """Counts the decoded pictures that are in memory."""

    def __init__(self) -> None:
        self.made = self.alive = 0
        self._lock = threading.Lock()

    def decode(self, data: bytes, limits: Limits) -> np.ndarray:
        pixels = np.zeros((160, 320, 3), np.uint8)
        with self._lock:
            self.made += 1
            self.alive += 1
        weakref.finalize(pixels, self._gone)
        return pixels

    def _gone(self) -> None:
        with self._lock:
            self.alive -= 1


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    counted = Decoded()
    monkeypatch.setattr("model.serving.desk.decode_picture", counted.decode)
    return counted


@contextlib.contextmanager
def desk_of(limits: Limits) -> Iterator[Desk]:
    """A desk whose network is at work until the end."""
    network = FakeNetwork()
    desk = Desk(lambda: network, limits)
    desk.open()
    network.open.clear()
    yield desk
    network.open.set()
    desk.close()
    assert desk.wait(10)


def test_pictures_of_those_who_left_do_not_pile_up(decoded: Decoded) -> None:
    async def main(desk: Desk) -> None:
        first = asyncio.ensure_future(desk.look(picture()))
        await until(lambda: not desk.wait(0))
        for number in range(12):
            task = asyncio.ensure_future(desk.look(picture()))
            await until(lambda wanted=number + 2: decoded.made == wanted)
            await asyncio.sleep(0.02)  # until it waits for the network
            await leave(task)
        assert desk.in_hand == 1
        await until(lambda: decoded.alive <= 1)
        await leave(first)

    with desk_of(Limits()) as desk:
        asyncio.run(main(desk))


def test_pictures_whose_answer_is_late_do_not_pile_up(decoded: Decoded) -> None:
    async def main(desk: Desk) -> None:
        for _ in range(3):
            late = await asyncio.gather(
                *(desk.look(picture()) for _ in range(6)), return_exceptions=True
            )
            assert all(isinstance(each, Problem) and each.status == 504 for each in late)
            assert decoded.alive <= DECODED
            assert desk.in_hand == 0
        assert decoded.made > DECODED

    with desk_of(Limits(seconds=0.3)) as desk:
        asyncio.run(main(desk))


def test_no_more_are_decoded_beside_one_that_is_still_at_work(decoded: Decoded) -> None:
    async def main(desk: Desk) -> None:
        gone = asyncio.ensure_future(desk.look(picture()))
        await until(lambda: not desk.wait(0))
        await leave(gone)
        waiting = [asyncio.ensure_future(desk.look(picture())) for _ in range(6)]
        await until(lambda: decoded.made >= DECODED)
        await asyncio.sleep(0.1)
        assert decoded.alive == DECODED
        for each in waiting:
            await leave(each)

    with desk_of(Limits()) as desk:
        asyncio.run(main(desk))
