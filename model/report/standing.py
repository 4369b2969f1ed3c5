"""Where every image stands: its credits and outcomes as arrays, a few numbers an image."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from manifests.errors import UserError
from model.report.outcomes import DETECTIONS, OUTCOMES, TRUTHS
from model.report.reading import Evaluation

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SUMS = ("recall_credit", "truths", "precision_credit", "detections")


@dataclass(frozen=True)
class Figures:
    """Of each of I images, all (I,): credits and counts of care boxes under one protocol."""

    recall_credit: Floats
    truths: Floats
    precision_credit: Floats
    detections: Floats

    @property
    def recall(self) -> Floats:
        """1 where there is nothing to find."""
        return _ratio(self.recall_credit, self.truths, np.ones_like(self.truths))

    @property
    def precision(self) -> Floats:
        """Where nothing was found: 1 if there was nothing to find, else 0."""
        return _ratio(self.precision_credit, self.detections, (self.truths == 0).astype(float))

    @property
    def hmean(self) -> Floats:
        """As the protocols have it for a single image."""
        total = self.precision + self.recall
        return _ratio(2 * self.precision * self.recall, total, np.zeros_like(total))


@dataclass(frozen=True)
class Standing:
    """``ids``: of I images in the order of the tables. ``figures``: by protocol. ``outcomes``: side
    -> protocol -> (I, outcomes in the order of ``OUTCOMES``) counts."""

    ids: list[str]
    figures: Mapping[str, Figures]
    outcomes: Mapping[str, Mapping[str, Ints]]

    def worst(self, protocol: str) -> Ints:
        """(I,) positions of the images, the lowest hmean first, of equals those that miss more
        ground truths, then by id."""
        names = [outcome.name for outcome in OUTCOMES[TRUTHS]]
        missed = self.outcomes[TRUTHS][protocol][:, names.index("missed")]
        order = np.lexsort((np.array(self.ids, str), -missed, self.figures[protocol].hmean))
        return order.astype(np.int64)

    def totals(self, side: str, protocol: str) -> dict[str, int]:
        """Outcome -> how many in all images."""
        sums = self.outcomes[side][protocol].sum(axis=0).tolist()
        return {o.name: int(n) for o, n in zip(OUTCOMES[side], sums, strict=True)}


def read_standing(evaluation: Evaluation) -> Standing:
    """Walk the tables once. Raises UserError where one names an image or outcome of no other."""
    columns = [f"{p}_{name}" for p in evaluation.protocols for name in _SUMS]
    read = [
        table.to_pydict()
        for table in evaluation.batches("images", ["image_id", *columns])
        if table.num_rows
    ]
    ids = [name for batch in read for name in batch["image_id"]]
    values = {
        column: np.array([v for batch in read for v in batch[column]], dtype=np.float64)
        for column in columns
    }
    figures = {p: Figures(*(values[f"{p}_{name}"] for name in _SUMS)) for p in evaluation.protocols}
    places = {name: place for place, name in enumerate(ids)}
    return Standing(
        ids, figures, {side: _count(evaluation, side, places) for side in (TRUTHS, DETECTIONS)}
    )


def _count(evaluation: Evaluation, side: str, places: Mapping[str, int]) -> dict[str, Ints]:
    kinds = {outcome.name: k for k, outcome in enumerate(OUTCOMES[side])}
    counts = {p: np.zeros((len(places), len(kinds)), dtype=np.int64) for p in evaluation.protocols}
    columns = ["image_id", *(f"{p}_outcome" for p in counts)]
    for table in evaluation.batches(side, columns):
        rows = _codes(table["image_id"], places, evaluation)
        for protocol, count in counts.items():
            cells = _codes(table[f"{protocol}_outcome"], kinds, evaluation)
            np.add.at(count, (rows, cells), 1)
    return counts


def _codes(column: pa.ChunkedArray, known: Mapping[str, int], evaluation: Evaluation) -> Ints:
    """The number of each text of a column."""
    encoded = column.combine_chunks().dictionary_encode()
    try:
        numbers = [known[text] for text in encoded.dictionary.to_pylist()]
    except KeyError as error:
        raise UserError(
            f"the tables in {evaluation.folder} do not belong together: {error.args[0]!r} is "
            "unknown; run `python -m model evaluate` again"
        ) from error
    return np.asarray(numbers, dtype=np.int64)[encoded.indices.to_numpy()]


def _ratio(top: Floats, bottom: Floats, otherwise: Floats) -> Floats:
    return np.divide(top, bottom, out=otherwise, where=bottom > 0)
