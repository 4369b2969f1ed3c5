"""Running a target over many inputs, and telling what it did wrong.

Wrong is an exception that is not documented, an input that takes longer than ``PATIENCE``, one that
takes more memory than its target's ``room``, and, of parsers, one of which something is lost in
silence.
"""

import hashlib
import math
import random
import resource
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Self

from tests.fuzz.mutating import mutated

CORPUS = Path(__file__).parent / "corpus"
PATIENCE = 5.0
ROOM = 256 << 10
_SHRINK_SECONDS = 5.0
_TICK, _QUICK = 1.0, 0.02

Run = Callable[[bytes], None]


class LossError(AssertionError):
    """Something of the input came out neither as a result nor as a problem."""


class HangError(BaseException):
    """The input takes too long. Not caught by ``except Exception``."""


class GreedError(BaseException):
    """The input takes too much memory."""


@dataclass(frozen=True)
class Target:
    """A reader. ``open``: from an empty folder to what it does with one input, which returns, or
    raises for what is wrong; ``seeds``: valid inputs, made when they are asked for; ``room``: KiB
    that the peak of memory may rise by one input."""

    name: str
    open: Callable[[Path], Run]
    seeds: Callable[[], Sequence[bytes]]
    tokens: tuple[bytes, ...] = ()
    room: int = ROOM


@dataclass
class Report:
    """What came of a run. ``faults``: the input and the error, one for each place in the code."""

    name: str
    inputs: int = 0
    seconds: float = 0.0
    faults: dict[str, tuple[bytes, BaseException]] = field(default_factory=dict)


def kept(name: str) -> list[bytes]:
    """The inputs of a target that were once wrong, from the tree."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]


def fuzz(target: Target, seed: int, seconds: float, inputs: int | None = None) -> Report:
    """Run a target on what is kept, on its seeds and on mutations of both, for so many seconds or
    inputs, whichever is less."""
    report = Report(target.name)
    draw = random.Random(f"{target.name} {seed}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), Watch() as watch:
        warnings.simplefilter("ignore")  # of decoders, of every other input
        run = target.open(Path(folder))
        seeds = [*target.seeds(), *kept(target.name)]
        began = time.monotonic()
        for data in seeds:
            _try(watch, run, data, report, target.room)
        while time.monotonic() - began < seconds and report.inputs != inputs:
            _try(watch, run, mutated(seeds, target.tokens, draw), report, target.room)
        report.seconds = time.monotonic() - began
        for place, (data, error) in report.faults.items():
            report.faults[place] = (_shrunk(watch, run, data, place), error)
    return report


class Watch:
    """Looks after time and memory of one input after the other, at no cost for quick ones."""

    def __init__(self) -> None:
        self._began, self._peak = time.monotonic(), _peak()

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def attempt(self, run: Run, data: bytes, room: int = ROOM) -> BaseException | None:
        """What is wrong with how a target takes an input; None where nothing is."""
        self._began = time.monotonic()
        try:
            run(data)
            self._look(room)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of Rust is no Exception
            return error
        finally:
            self._began = math.inf
        return None

    def _look(self, room: int) -> None:
        took = time.monotonic() - self._began
        if took > PATIENCE:
            raise HangError(f"{took:.1f} s")
        if took > _QUICK:
            before, self._peak = self._peak, _peak()
            if self._peak - before > room:
                raise GreedError(f"{(self._peak - before) >> 10} MiB")

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() - self._began > PATIENCE:
            raise HangError(f"more than {PATIENCE:g} s")


def _try(watch: Watch, run: Run, data: bytes, report: Report, room: int) -> None:
    report.inputs += 1
    error = watch.attempt(run, data, room)
    if error is not None:
        report.faults.setdefault(_place(error), (data, error))


def _place(error: BaseException) -> str:
    """Type and innermost line of code: one fault, however many inputs find it."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else ""
    return (
        type(error).__name__ if isinstance(error, HangError) else f"{type(error).__name__} {where}"
    )


def _shrunk(watch: Watch, run: Run, data: bytes, place: str) -> bytes:
    """A shorter input with the same fault, as far as one is soon found."""
    until, size = time.monotonic() + _SHRINK_SECONDS, max(1, len(data) // 2)
    while size and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + size :]
            error = watch.attempt(run, shorter)
            if error is not None and _place(error) == place:
                data = shorter
            else:
                at += size
        size //= 2
    return data


def save(name: str, data: bytes) -> Path:
    """Keep an input in the tree."""
    path = CORPUS / name / hashlib.sha256(data).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def _peak() -> int:
    """KiB of memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
