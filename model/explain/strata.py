"""Where a detector is good: precision, recall and hmean in bins that never change.

Recall is of the ground truths in a bin; precision is of the detections in it, by their own measure.
Don't-care counts nowhere. The bins of a quantity part what the protocol counts, so their totals
are its totals; what could not be measured stands in the bin ``unknown``.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from model.protocols.results import SPLIT_CREDIT

UNKNOWN = "unknown"

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Bins:
    """The bins of a quantity: of N names, N - 1 edges; a value on an edge is in the upper bin."""

    unit: str
    edges: tuple[float, ...]
    names: tuple[str, ...]
    of_detections: bool = True
    """Whether a detection has this measure too."""


def _bins(unit: str, *edges: float, of_detections: bool = True) -> Bins:
    texts = [format(edge, "g") for edge in edges]
    between = (f"{a} to {b}" for a, b in itertools.pairwise(texts))
    names = (f"below {texts[0]}", *between, f"{texts[-1]} and more")
    return Bins(unit, edges, names, of_detections)


BINS: Mapping[str, Bins] = {
    "height": _bins("px", 8, 16, 32, 64, 128),
    "width": _bins("px", 16, 32, 64, 128, 256),
    "aspect": _bins("width over height", 0.5, 1, 2, 4, 8),
    "tilt": _bins("degrees, either way", 2, 5, 10, 20),
    "text_length": Bins(
        "characters",
        (2, 3, 5, 9, 17),
        ("up to 1", "2", "3 to 4", "5 to 8", "9 to 16", "17 and more"),
        of_detections=False,
    ),
    "brightness": _bins("mean luma", 50, 100, 150, 200),
}
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
POSITIONS = tuple(f"{row} {column}" for row in ROWS for column in COLUMNS)
"""Of the middle of a box, on a grid of 3 x 3 over the picture."""
QUANTITIES = ("dataset", *BINS, "position")


@dataclass(frozen=True)
class Stratum:
    """A bin of a quantity under a protocol. A figure is None where nothing is there to count."""

    protocol: str
    quantity: str
    bin: str
    ground_truths: int
    recall_credit: float
    detections: int | None
    """None where detections have no such measure."""
    precision_credit: float | None
    precision: float | None
    recall: float | None
    hmean: float | None

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def strata(truths: pa.Table, detections: pa.Table, protocol: str) -> list[Stratum]:
    """Every bin of every quantity, empty ones too; ``unknown`` only where something is in it.

    ``truths`` and ``detections`` are tables of ``model.explain.tables``, whole or in part.
    """
    ours, found = (_counted(table, protocol) for table in (truths, detections))
    datasets = sorted({*ours["dataset"].to_pylist(), *found["dataset"].to_pylist()})
    result: list[Stratum] = []
    for quantity in QUANTITIES:
        names = _names(quantity, datasets)
        recall = _sums(ours, quantity, names, protocol)
        measured = quantity not in BINS or BINS[quantity].of_detections
        precision = _sums(found, quantity, names, protocol) if measured else None
        result += _of_quantity(protocol, quantity, names, recall, precision)
    return result


def _counted(table: pa.Table, protocol: str) -> pa.Table:
    """The rows that the protocol counts."""
    outcomes = table[f"{protocol}_outcome"].to_numpy(zero_copy_only=False)
    return table.filter(pa.array(outcomes != "dont_care", pa.bool_()))


def _names(quantity: str, datasets: list[str]) -> tuple[str, ...]:
    if quantity == "dataset":
        return tuple(datasets)
    return POSITIONS if quantity == "position" else BINS[quantity].names


def _of_quantity(
    protocol: str,
    quantity: str,
    names: tuple[str, ...],
    recall: tuple[Ints, Floats],
    precision: tuple[Ints, Floats] | None,
) -> Iterator[Stratum]:
    for at, name in enumerate((*names, UNKNOWN)):
        truths, recall_credit = int(recall[0][at]), float(recall[1][at])
        found = int(precision[0][at]) if precision else None
        credit = float(precision[1][at]) if precision else None
        if name == UNKNOWN and at == len(names) and not truths and not found:
            continue
        r, p = _ratio(recall_credit, truths), _ratio(credit, found)
        hmean = None if r is None or p is None else 2 * p * r / (p + r) if p + r else 0.0
        yield Stratum(protocol, quantity, name, truths, recall_credit, found, credit, p, r, hmean)


def _ratio(credit: float | None, count: int | None) -> float | None:
    return credit / count if count and credit is not None else None


def _sums(
    table: pa.Table, quantity: str, names: tuple[str, ...], protocol: str
) -> tuple[Ints, Floats]:
    """Count and credit of each bin, that of ``unknown`` last."""
    where = _places(table, quantity, names)
    credits = table[f"{protocol}_credit"].to_numpy()
    size = len(names) + 1
    counts = np.bincount(where, minlength=size)
    # Counted before they are weighted, as the protocols do: equal to the last digit.
    whole = np.bincount(where[credits == 1.0], minlength=size)
    split = np.bincount(where[credits == SPLIT_CREDIT], minlength=size)
    return counts, whole + SPLIT_CREDIT * split


def _places(table: pa.Table, quantity: str, names: tuple[str, ...]) -> Ints:
    """(N,) the bin of every row; ``len(names)`` where it is unknown."""
    if quantity == "dataset":
        position = {name: at for at, name in enumerate(names)}
        return np.array([position[name] for name in table["dataset"].to_pylist()], dtype=np.intp)
    if quantity == "position":
        return _cells(_numbers(table, "position_x"), _numbers(table, "position_y"))
    values = _numbers(table, quantity)
    if quantity == "tilt":
        values = np.abs(values)
    return np.where(np.isnan(values), len(names), np.digitize(values, BINS[quantity].edges))


def _cells(x: Floats, y: Floats) -> Ints:
    column, row = (np.digitize(values, (1 / 3, 2 / 3)) for values in (x, y))
    return np.where(np.isnan(x) | np.isnan(y), len(POSITIONS), row * len(COLUMNS) + column)


def _numbers(table: pa.Table, column: str) -> Floats:
    """A column as numbers, NaN for null."""
    return np.asarray(table[column].to_numpy(zero_copy_only=False), dtype=np.float64)
