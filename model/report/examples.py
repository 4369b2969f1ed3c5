"""The worst examples of every outcome, kept while the tables are walked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.explain.names import detection_name, truth_name
from model.report.outcomes import DETECTIONS, OUTCOMES, TRUTHS
from model.report.reading import Evaluation

MOST = 60
"""Examples of one outcome that are shown."""

_SIZE: Mapping[str, str] = {TRUTHS: "height", DETECTIONS: "score"}


@dataclass(frozen=True, order=True)
class Example:
    """A ground truth or a detection, the worse the smaller. ``key``: what orders them; ``label``:
    what it is called."""

    key: tuple[float, float]
    image_id: str
    index: int
    label: str


@dataclass(frozen=True, order=True)
class Kind:
    """What a gallery shows: ``truths`` or ``detections`` of one outcome under one protocol."""

    side: str
    protocol: str
    outcome: str


@dataclass
class Gallery:
    """``total``: how many there are; ``examples``: the worst ``MOST``, worst first."""

    kind: Kind
    total: int = 0
    examples: list[Example] = field(default_factory=list)


def kinds(protocols: tuple[str, ...]) -> Iterator[Kind]:
    """All galleries, by protocol, ground truths first."""
    for protocol in protocols:
        for side, outcomes in OUTCOMES.items():
            yield from (Kind(side, protocol, outcome.name) for outcome in outcomes)


def read_examples(evaluation: Evaluation, most: int = MOST) -> dict[Kind, Gallery]:
    """Walk the truths and the detections once. Worst is what loses the most credit; of equals the
    higher ground truth and the surer detection; of matched ones, the lowest IoU."""
    found = {kind: Gallery(kind) for kind in kinds(evaluation.protocols)}
    for side, size in _SIZE.items():
        results = [f"{p}_{what}" for p in evaluation.protocols for what in ("outcome", "credit")]
        columns = ["image_id", "index", "best_iou", size, *results]
        columns += ["region_id"] if side == TRUTHS else []
        for table in evaluation.batches(side, columns):
            for gallery in found.values():
                if gallery.kind.side == side:
                    _add(gallery, table, size, most)
    return found


def _add(gallery: Gallery, table: pa.Table, size: str, most: int) -> None:
    kind = gallery.kind
    is_one = pc.equal(table[f"{kind.protocol}_outcome"], kind.outcome)
    places = pc.indices_nonzero(is_one).to_numpy().astype(np.int64)
    gallery.total += len(places)
    if not len(places):
        return
    first, second = _keys(table, kind, size)
    chosen = places[np.lexsort((places, second[places], first[places]))[:most]]
    gallery.examples += [
        Example((float(first[k]), float(second[k])), *_named(table, kind.side, k))
        for k in chosen.tolist()
    ]
    gallery.examples = sorted(gallery.examples)[:most]


def _named(table: pa.Table, side: str, place: int) -> tuple[str, int, str]:
    """The image id of a row, its index and what it is called."""
    image_id, index = table["image_id"][place].as_py(), table["index"][place].as_py()
    if side == DETECTIONS:
        return image_id, index, detection_name(index)
    return image_id, index, truth_name(table["region_id"][place].as_py(), index)


def _keys(table: pa.Table, kind: Kind, size: str) -> tuple[np.ndarray, np.ndarray]:
    sizes = _numbers(table, size)
    if kind.outcome == "matched":
        return _numbers(table, "best_iou"), -sizes
    return _numbers(table, f"{kind.protocol}_credit"), -sizes


def _numbers(table: pa.Table, column: str) -> np.ndarray:
    values = table[column].to_numpy()
    return np.nan_to_num(np.asarray(values, dtype=np.float64))
