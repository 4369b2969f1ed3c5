"""Writing one MindRecord file and reading it back. Imports MindSpore.

MindRecord drops rows of a wrong type with a warning, has no checksum and stores its own file name.
So every file is read back in full and compared, and none is renamed after it was written.
"""

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mindspore.dataset import MindDataset
from mindspore.mindrecord import FileWriter

from manifests.shardset import FIELDS

_SMALL_TOTAL = 32 << 20
_SMALL_HEADER = 1 << 18
_LARGE_HEADER = 1 << 24
_SMALLEST_PAGE = 1 << 16
_LARGEST_PAGE = 1 << 28
_MOST_ROWS = 64
INDEX_SUFFIX = ".db"


class RowsLostError(Exception):
    """What was read back is not what was written."""


@dataclass(frozen=True)
class Pages:
    """Sizes in bytes that the files of one set share: MindRecord reads no set in which they differ.

    MindRecord reserves whole pages: its default of 32 MiB makes a file of ten pictures 48 MiB. A
    page must hold the largest row and is a power of two; the header grows with the pages.
    """

    header: int
    page: int

    @classmethod
    def holding(cls, total: int, largest: int) -> "Pages":
        """For files of at most ``total`` bytes with rows of at most ``largest``.

        Raises ValueError for a row that no page can hold.
        """
        wanted = max(2 * largest, min(total // 8, _SMALL_TOTAL), _SMALLEST_PAGE)
        page = 1 << (wanted - 1).bit_length()
        if page > _LARGEST_PAGE:
            raise ValueError(f"a row of {largest} bytes is more than a MindRecord page can hold")
        return cls(_SMALL_HEADER if total <= _SMALL_TOTAL else _LARGE_HEADER, page)


def write_shard(path: Path, rows: Iterable[dict[str, Any]], pages: Pages) -> int:
    """Write rows of ``FIELDS`` to a new MindRecord file; returns how many there are.

    Raises RowsLostError where reading the file back gives anything else than what went in, OSError
    where the disk is full.
    """
    try:
        written = _write(path, rows, pages)
    except RuntimeError as error:  # all that MindRecord raises
        if "free disk size" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from error
        raise
    _compare(path, written)
    return len(written)


def _write(path: Path, rows: Iterable[dict[str, Any]], pages: Pages) -> list[bytes]:
    """Write the rows; a digest of each."""
    writer = FileWriter(str(path), shard_num=1, overwrite=False)
    writer.set_header_size(pages.header)
    writer.set_page_size(pages.page)
    writer.add_schema(FIELDS, "scene text regions")
    written: list[bytes] = []
    for group in _groups(rows, pages.page):
        writer.write_raw_data(group)
        written += map(_row_digest, group)
    writer.commit()
    for name in (path, path.with_name(path.name + INDEX_SUFFIX)):
        name.chmod(0o644)
    return written


def _groups(rows: Iterable[dict[str, Any]], page: int) -> Iterator[list[dict[str, Any]]]:
    """Rows that are written together, which is quicker. No more than half a page: groups that are
    larger than a page are laid out otherwise, and the file would depend on where they end."""
    group: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        more = len(row["image"]) + len(row["regions"])
        if group and (len(group) == _MOST_ROWS or size + more > page // 2):
            yield group
            group, size = [], 0
        group.append(row)
        size += more
    if group:
        yield group


def check_set(paths: list[Path], rows: int) -> None:
    """Raise RowsLostError where the files, opened together, do not hold so many rows."""
    found = MindDataset([str(path) for path in paths], shuffle=False).get_dataset_size()
    if found != rows:
        raise RowsLostError(f"{paths[0].parent}: {rows} rows written, {found} read as a set")


def read_shards(paths: list[Path]) -> Iterator[dict[str, Any]]:
    """The rows of MindRecord files in their order, with Python values."""
    dataset = MindDataset([str(path) for path in paths], shuffle=False, num_parallel_workers=1)
    for row in dataset.create_dict_iterator(num_epochs=1, output_numpy=True):
        yield {name: _value(row[name], FIELDS[name]["type"]) for name in FIELDS}


def _value(array: Any, kind: str) -> Any:
    if kind == "bytes":
        return array.tobytes()
    return str(array) if kind == "string" else int(array)


def _row_digest(row: dict[str, Any]) -> bytes:
    digest = hashlib.sha256()
    for name in FIELDS:
        value = row[name]
        data = value if isinstance(value, bytes) else str(value).encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


def _compare(path: Path, written: list[bytes]) -> None:
    count = 0
    for count, (row, digest) in enumerate(zip(read_shards([path]), written, strict=False), 1):
        if _row_digest(row) != digest:
            raise RowsLostError(f"{path}: row {count} ({row['image_id']}) reads back differently")
    if count != len(written):
        raise RowsLostError(f"{path}: {len(written)} rows written, {count} read back")
