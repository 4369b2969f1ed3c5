"""Where a detector is good and where it is bad: figures by quantity and bin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from model.explain.strata import BINS, QUANTITIES, UNKNOWN, Stratum, strata
from model.explain.tables import SCHEMAS
from model.report.outcomes import DETECTIONS, TRUTHS
from model.report.reading import Evaluation

FEW = 30
"""A figure of fewer boxes is drawn faintly: it says little."""
_COLUMNS = (
    "dataset",
    "height",
    "width",
    "aspect",
    "tilt",
    "brightness",
    "position_x",
    "position_y",
)
_TITLES: Mapping[str, tuple[str, str]] = {
    "dataset": ("Dataset", ""),
    "height": ("Height", "of the upright box"),
    "width": ("Width", "of the upright box"),
    "aspect": ("Aspect", "of the upright box"),
    "tilt": ("Tilt", "from the nearest axis"),
    "text_length": ("Text length", "detections have none, so there is recall alone"),
    "brightness": ("Brightness", "in the upright box, 0 to 255"),
    "position": ("Position", "of the middle, in thirds of the picture"),
}


@dataclass(frozen=True)
class Bin:
    """A bin as a row shows it. A figure is None where nothing is there to count."""

    name: str
    ground_truths: int
    recall_credit: float
    detections: int | None
    precision_credit: float

    @property
    def recall(self) -> float | None:
        """Of its ground truths."""
        return self.recall_credit / self.ground_truths if self.ground_truths else None

    @property
    def precision(self) -> float | None:
        """Of its detections."""
        return self.precision_credit / self.detections if self.detections else None

    @property
    def hmean(self) -> float | None:
        """Of both."""
        if self.recall is None or self.precision is None:
            return None
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def figures(self) -> list[tuple[str, float | None, bool]]:
        """(name, value, whether it is of few)."""
        few_truths, few_found = self.ground_truths < FEW, (self.detections or 0) < FEW
        return [
            ("recall", self.recall, few_truths),
            ("precision", self.precision, few_found),
            ("hmean", self.hmean, few_truths or few_found),
        ]


@dataclass(frozen=True)
class Quantity:
    """A quantity with its bins, which part what the protocol counts."""

    key: str
    title: str
    unit: str
    note: str
    bins: tuple[Bin, ...]

    @property
    def found(self) -> int | None:
        """Detections in all bins; None where they have no such measure."""
        counts = [each.detections for each in self.bins]
        return None if None in counts else sum(filter(None, counts))


def where(evaluation: Evaluation, protocol: str) -> list[Quantity]:
    """Every quantity under a protocol; the tables are walked in batches and their parts added."""
    sums: dict[tuple[str, str], Bin] = {}
    for truths, found in _parts(evaluation, protocol):
        for stratum in strata(truths, found, protocol):
            key = (stratum.quantity, stratum.bin)
            sums[key] = _add(sums.get(key), stratum)
    return [_quantity(key, sums) for key in QUANTITIES]


def _parts(evaluation: Evaluation, protocol: str) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Batches of one table, each beside nothing of the other; at first nothing of both."""
    results = [f"{protocol}_outcome", f"{protocol}_credit"]
    columns = {TRUTHS: [*_COLUMNS, "text_length", *results], DETECTIONS: [*_COLUMNS, *results]}
    nothing = {
        side: pa.schema([SCHEMAS[side].field(name) for name in names]).empty_table()
        for side, names in columns.items()
    }
    yield nothing[TRUTHS], nothing[DETECTIONS]
    for table in evaluation.batches(TRUTHS, columns[TRUTHS]):
        yield table, nothing[DETECTIONS]
    for table in evaluation.batches(DETECTIONS, columns[DETECTIONS]):
        yield nothing[TRUTHS], table


def _add(known: Bin | None, more: Stratum) -> Bin:
    known = known or Bin(more.bin, 0, 0.0, None if more.detections is None else 0, 0.0)
    return Bin(
        known.name,
        known.ground_truths + more.ground_truths,
        known.recall_credit + more.recall_credit,
        None if more.detections is None else (known.detections or 0) + more.detections,
        known.precision_credit + (more.precision_credit or 0.0),
    )


def _quantity(key: str, sums: Mapping[tuple[str, str], Bin]) -> Quantity:
    title, note = _TITLES.get(key, (key, ""))
    bins = [found for (quantity, _), found in sums.items() if quantity == key]
    if key == "dataset":
        bins.sort(key=lambda each: each.name)
    bins.sort(key=lambda each: each.name == UNKNOWN)
    return Quantity(key, title, BINS[key].unit if key in BINS else "", note, tuple(bins))
