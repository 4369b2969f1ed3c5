"""What stands on the front page: the figures, what became of everything, what it was made with."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from model.explain.tables import background_that_touches
from model.report.examples import Kind
from model.report.outcomes import OUTCOMES, SIDE_TITLES
from model.report.reading import Evaluation
from model.report.standing import Standing

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Cell:
    """How many have an outcome; ``start``, ``share``: its part of the bar, percent of the total."""

    kind: Kind
    count: int
    start: float
    share: float


@dataclass(frozen=True)
class Line:
    """What became of one side under a protocol; the cells add up to the total."""

    protocol: str
    total: int
    cells: tuple[Cell, ...]


def overview(evaluation: Evaluation, standing: Standing) -> dict[str, Any]:
    """The values of the front page's template."""
    info = evaluation.info
    return {
        "info": info,
        "outcome_tables": [
            (side, title, OUTCOMES[side], lines(evaluation.protocols, standing, side))
            for side, title in SIDE_TITLES.items()
        ],
        "touching": touching(evaluation),
        "thresholds": [
            (group, sorted(settings(info.get(group) or {}))) for group in ("proposals", "lines")
        ],
        "made_with": list(made_with(info)),
        "refused": {k: v for k, v in (info.get("refused_images") or {}).items() if v},
    }


def touching(evaluation: Evaluation) -> dict[str, int]:
    """By protocol: background that touches a ground truth."""
    counts = dict.fromkeys(evaluation.protocols, 0)
    columns = ["touches", *(f"{p}_outcome" for p in counts)]
    for table in evaluation.batches("detections", columns):
        for protocol in counts:
            counts[protocol] += background_that_touches(table, protocol)
    return counts


def lines(protocols: Sequence[str], standing: Standing, side: str) -> list[Line]:
    """A row of the table of outcomes for each protocol."""
    return [_line(protocol, standing.totals(side, protocol), side) for protocol in protocols]


def _line(protocol: str, counts: Mapping[str, int], side: str) -> Line:
    total, before, cells = sum(counts.values()), 0, []
    for name, count in counts.items():
        start, share = (100 * before / total, 100 * count / total) if total else (0.0, 0.0)
        cells.append(Cell(Kind(side, protocol, name), count, round(start, 3), round(share, 3)))
        before += count
    return Line(protocol, total, tuple(cells))


def settings(values: Mapping[str, Any]) -> Pairs:
    """Settings as they are written on a command line."""
    return [
        (key, str(value).lower() if value in (True, False) else str(value))
        for key, value in values.items()
    ]


def made_with(info: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the figures were made with, as (name, value); what is not known is left out."""
    checkpoint, shards = info.get("checkpoint") or {}, info.get("shards") or {}
    run = info.get("lineage") or {}
    found = {
        "Checkpoint": checkpoint.get("path"),
        "Its SHA-256": checkpoint.get("sha256"),
        "Its step": checkpoint.get("step"),
        "Run": info.get("run"),
        "Lineage of the run": run.get("path"),
        "SHA-256 of the lineage": run.get("sha256"),
        "Code": _code(info.get("code")),
        "Mix": info.get("mix"),
        "Key of the shards": shards.get("key"),
        "Digest of the shards": shards.get("digest"),
        "Fingerprint of what was scored": info.get("data_fingerprint"),
    }
    yield from ((name, str(value)) for name, value in found.items() if value is not None)


def _code(code: Any) -> str | None:
    if isinstance(code, Mapping):
        return ", ".join(f"{key} {value}" for key, value in code.items())
    return None if code is None else str(code)
