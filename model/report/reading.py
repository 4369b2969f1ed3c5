"""An evaluation folder as the report reads it: its figures, and its tables in batches."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from manifests.errors import UserError
from model.explain.names import detection_name, truth_name
from model.explain.opening import open_info
from model.explain.tables import FILES
from model.protocols import PROTOCOLS

_ROWS = 4096
Row = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """A whole evaluation folder. ``info``: what ``evaluation.json`` says."""

    folder: Path
    info: dict[str, Any]

    @property
    def protocols(self) -> tuple[str, ...]:
        """Their names, in the order of the tables."""
        return tuple(name for name in PROTOCOLS if name in self.info["protocols"])

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Walk ``images``, ``truths`` or ``detections`` in order, never holding all of it."""
        with pq.ParquetFile(self.folder / FILES[table]) as file:
            for batch in file.iter_batches(_ROWS, columns=list(columns) if columns else None):
                yield pa.Table.from_batches([batch])

    def rows(self, table: str) -> Iterator[Row]:
        """Walk a table as dictionaries."""
        for batch in self.batches(table):
            yield from batch.to_pylist()


def open_evaluation(folder: Path) -> Evaluation:
    """The evaluation in a folder. Raises UserError where it is not whole, damaged, edited or of
    another version."""
    return Evaluation(folder, open_info(folder))


@dataclass(frozen=True)
class ImageRows:
    """All rows of one image: of the images, the ground truths and the detections."""

    image: Row
    truths: list[Row]
    detections: list[Row]

    @property
    def name(self) -> str:
        """The image id."""
        return str(self.image["image_id"])

    @cached_property
    def labels(self) -> dict[str, list[str]]:
        """Side -> what its rows are called, by their index: ``T3``, ``D0``."""
        return {
            "truths": [truth_name(row["region_id"], row["index"]) for row in self.truths],
            "detections": [detection_name(row["index"]) for row in self.detections],
        }


def by_image(evaluation: Evaluation) -> Iterator[ImageRows]:
    """Walk the three tables together. Raises UserError where they are not in one order."""
    truths = _Groups(evaluation.rows("truths"))
    found = _Groups(evaluation.rows("detections"))
    for image in evaluation.rows("images"):
        name = image["image_id"]
        yield ImageRows(image, truths.take(name), found.take(name))
    if not (truths.is_empty and found.is_empty):
        raise UserError(
            f"the tables in {evaluation.folder} are not of the same images in the same order; "
            "run `python -m model evaluate` again"
        )


class _Groups:
    """Consecutive rows of one image, taken in the order in which they stand."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def take(self, name: str) -> list[Row]:
        """The rows of the image if they are next, else none."""
        taken = []
        while self._next is not None and self._next["image_id"] == name:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    @property
    def is_empty(self) -> bool:
        """True where all rows were taken."""
        return self._next is None


def digest(text: str) -> str:
    """A short name for a file, from any text."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
