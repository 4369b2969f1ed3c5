"""What a benchmark found: ours beside a yardstick, as ratios of one run, with their spread."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Goal:
    """``most``: of ours over the yardstick; ``times``: as fast as the yardstick, at least. One of
    the two is given; with neither there is nothing to meet."""

    most: float | None = None
    times: float | None = None

    def __str__(self) -> str:
        if self.times is not None:
            return f"{self.times:g} times as fast"
        return "-" if self.most is None else f"at most {self.most:g}"

    def met(self, ratio: float) -> bool | None:
        """Whether a ratio of ours over the yardstick meets it; None where there is no goal."""
        if self.times is not None:
            return 1 / ratio >= self.times
        return None if self.most is None else ratio <= self.most


@dataclass(frozen=True)
class Cost:
    """Of one call, with its children: wall clock, and processor time, user and system, in s."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Row:
    """One line of the table. ``what``: was measured, ``yardstick``: against what, both as the
    table says it; ``rounds``: costs of ours and of the yardstick, which took turns; ``calls``: how
    many times the work was done in each; ``note``: sizes, and what limits the comparison."""

    what: str
    yardstick: str
    goal: Goal
    rounds: tuple[tuple[Cost, Cost], ...]
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Ours over the yardstick, wall clock, of each round."""
        return [ours.wall / other.wall for ours, other in self.rounds]

    @property
    def ratio(self) -> float:
        """The median of ``ratios``."""
        return median(self.ratios)

    @property
    def cpu_ratio(self) -> float:
        """The median of the same of processor time, which a busy machine changes less."""
        return median(ours.cpu / max(other.cpu, 1e-9) for ours, other in self.rounds)

    @property
    def met(self) -> bool | None:
        """See ``Goal.met``."""
        return self.goal.met(self.ratio)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as JSON."""
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """Undo ``write_rows``."""
    return [_row(value) for value in json.loads(path.read_text(encoding="utf-8"))]


def _row(value: dict[str, Any]) -> Row:
    rounds = tuple((Cost(**ours), Cost(**other)) for ours, other in value.pop("rounds"))
    return Row(**value | {"goal": Goal(**value["goal"]), "rounds": rounds})
