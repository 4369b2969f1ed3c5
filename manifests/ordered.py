"""Rows of images in the order of their ids, whatever the order in which they were written."""

import heapq
import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_PER_BATCH = 500
ROWS_PER_RUN = 5_000
Row = dict[str, Any]


def rows_by_id(files: Sequence[Path], columns: Sequence[str]) -> Iterator[Row]:
    """The rows of Parquet files of images by ``image_id``; ``columns`` has it among them.

    Files that are in order, as normalize writes them, are streamed. Others are sorted first, in
    runs that go to a temporary folder, so that no more than a run is ever held.
    """
    if _are_ordered(files):
        yield from _rows(files, columns)
        return
    with tempfile.TemporaryDirectory() as folder:
        runs = list(_write_runs(files, columns, Path(folder)))
        yield from heapq.merge(*(_rows([run], None) for run in runs), key=itemgetter("image_id"))


def _are_ordered(files: Sequence[Path]) -> bool:
    ids = (row["image_id"] for row in _rows(files, ["image_id"]))
    return all(first <= second for first, second in itertools.pairwise(ids))


def _write_runs(files: Sequence[Path], columns: Sequence[str], folder: Path) -> Iterator[Path]:
    held: list[pa.RecordBatch] = []
    for batch in _batches(files, columns):
        held.append(batch)
        if sum(map(len, held)) >= ROWS_PER_RUN:
            yield _write_run(held, folder)
            held = []
    if held:
        yield _write_run(held, folder)


def _write_run(batches: Iterable[pa.RecordBatch], folder: Path) -> Path:
    path = folder / f"{len(list(folder.iterdir())):06d}.parquet"
    pq.write_table(pa.Table.from_batches(list(batches)).sort_by("image_id"), path)
    return path


def _rows(files: Sequence[Path], columns: Sequence[str] | None) -> Iterator[Row]:
    for batch in _batches(files, columns):
        yield from batch.to_pylist()


def _batches(files: Sequence[Path], columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    for path in files:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(ROWS_PER_BATCH, columns=list(columns) if columns else None)
