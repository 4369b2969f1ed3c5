"""Rows in a file of their own, to be found again by a digest: what a table is joined from."""

import bisect
from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa

from pipelines.places import Places


class Gathered:
    """Rows on disk, and the place of each digest. Held in memory: where each batch begins."""

    def __init__(self, path: Path, schema: pa.Schema, tables: Iterable[pa.Table], key: str) -> None:
        """Write ``tables`` to ``path``. ``key``: the column of the digest; the first row of a
        digest counts."""
        self._places = Places()
        self._starts: list[int] = []
        count = 0
        with pa.ipc.new_file(str(path), schema) as writer:
            for table in tables:
                for batch in table.cast(schema).combine_chunks().to_batches():
                    self._starts.append(count)
                    writer.write_batch(batch)
                    self._places.add_all(map(bytes.fromhex, batch[key].to_pylist()), count)
                    count += len(batch)
        self._path, self._schema = path, schema

    def rows(self, digests: Sequence[str]) -> pa.Table:
        """The row of each digest, in their order; reads the batches that they stand in. Raises
        KeyError."""
        places = [self._places[bytes.fromhex(digest)] for digest in digests]
        numbers = [bisect.bisect_right(self._starts, place) - 1 for place in places]
        needed = sorted(set(numbers))
        with pa.OSFile(str(self._path)) as file:  # a map of the file would stay in memory
            reader = pa.ipc.open_file(file)
            batches = [reader.get_batch(number) for number in needed]
        begins, count = {}, 0
        for number, batch in zip(needed, batches, strict=True):
            begins[number], count = count - self._starts[number], count + len(batch)
        table = pa.Table.from_batches(batches, self._schema)
        taken = [begins[number] + place for number, place in zip(numbers, places, strict=True)]
        return table.take(pa.array(taken, pa.int64()))
