"""Writing one MindRecord file and reading it back. Imports MindSpore.

MindRecord drops rows of a wrong type with a warning, has no checksum and stores its own file name.
So every file is read back in full and compared, and none is renamed after it was written.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mindspore.dataset import MindDataset
from mindspore.mindrecord import FileWriter

from manifests.shardset import FIELDS

_SMALL_TOTAL = 32 << 20
_SMALL_HEADER = 1 << 18
_SMALLEST_PAGE = 1 << 16
_LARGEST_PAGE = 1 << 28
INDEX_SUFFIX = ".db"


class RowsLostError(Exception):
    """What was read back is not what was written."""


def page_bytes(total: int, largest: int) -> int:
    """Page size in bytes for rows of ``total`` bytes, the largest of ``largest``.

    MindRecord reserves whole pages: its default of 32 MiB makes a file of ten pictures 48 MiB.
    A page must hold the largest row; a power of two.
    """
    wanted = max(2 * largest, min(total // 8, _SMALL_TOTAL), _SMALLEST_PAGE)
    page = 1 << (wanted - 1).bit_length()
    if page > _LARGEST_PAGE:
        raise ValueError(f"a row of {largest} bytes is more than a MindRecord page can hold")
    return page


def write_shard(path: Path, rows: Iterable[dict[str, Any]], total: int, largest: int) -> int:
    """Write rows of ``FIELDS`` to a new MindRecord file; returns how many there are.

    ``total`` and ``largest`` bound the size of the rows. Raises RowsLostError where reading the
    file back gives anything else than what went in.
    """
    writer = FileWriter(str(path), shard_num=1, overwrite=False)
    if total <= _SMALL_TOTAL:
        writer.set_header_size(_SMALL_HEADER)
    writer.set_page_size(page_bytes(total, largest))
    writer.add_schema(FIELDS, "scene text regions")
    written = []
    for row in rows:
        writer.write_raw_data([row])
        written.append(_row_digest(row))
    writer.commit()
    for name in (path, path.with_name(path.name + INDEX_SUFFIX)):
        name.chmod(0o644)
    _compare(path, written)
    return len(written)


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
