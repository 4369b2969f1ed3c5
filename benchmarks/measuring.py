"""Timing several contestants in turns, and printing what came out as a table."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

TURN = 0.1
"""Seconds."""


def in_turns(contestants: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median seconds of one call of each. They take turns of ``TURN`` seconds or one call, so that
    other work on the machine hits all alike; calls before that, to warm up, do not count."""
    calls = {name: _calls(contestant) for name, contestant in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, contestant in contestants.items():
            seconds[name].append(_seconds(contestant, calls[name]))
    return {name: median(values) for name, values in seconds.items()}


def seconds_of(call: Callable[[], Any]) -> float:
    """Of one call."""
    return _seconds(call, 1)


def own_peak() -> float:
    """Peak memory of this process in MiB. ``ru_maxrss`` would count the parent's, too: it outlives
    the exec of a child."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def ratio(value: float, base: float | None) -> str:
    """``value / base`` as text, a dash without a base."""
    return f"{value / base:.2f}" if base else "-"


def _calls(contestant: Callable[[], Any]) -> int:
    _seconds(contestant, 1)
    return max(1, int(TURN / _seconds(contestant, 1)))


def _seconds(contestant: Callable[[], Any], calls: int) -> float:
    """Mean seconds of a call."""
    began = time.perf_counter()
    for _ in range(calls):
        contestant()
    return (time.perf_counter() - began) / calls


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, the first to the left and the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    texts = []
    for line in lines:
        first, *others = (cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        texts.append("  ".join([line[0].ljust(len(first)), *others]))
    return "\n".join(texts)
