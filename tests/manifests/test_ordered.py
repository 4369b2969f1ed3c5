"""Rows come by id, from files in any order, however they are cut."""

import itertools
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manifests import ordered
from manifests.ordered import rows_by_id


def written(folder: Path, parts: list[list[str]]) -> list[Path]:
    paths = []
    for number, names in enumerate(parts):
        table = pa.table(
            {"image_id": pa.array(names, pa.string()), "value": [len(names)] * len(names)}
        )
        paths.append(folder / f"{number}.parquet")
        pq.write_table(table, paths[-1])
    return paths


@pytest.mark.parametrize(
    "parts", [[], [[]], [["a", "b"], ["c"]], [["c", "a"], ["b"]], [["d"], ["b", "a", "c"], ["e"]]]
)
def test_rows_come_by_id(
    tmp_path: Path, parts: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ordered, "ROWS_PER_RUN", 2)
    monkeypatch.setattr(ordered, "ROWS_PER_BATCH", 2)
    found = list(rows_by_id(written(tmp_path, parts), ["image_id"]))
    assert found == [{"image_id": name} for name in sorted(itertools.chain(*parts))]
