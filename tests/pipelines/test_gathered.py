"""Rows are found again by their digest, wherever they stand."""

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.gathered import Gathered

DIGESTS = [f"{number:02x}" for number in range(8)]
SCHEMA = pa.schema([("digest", pa.string()), ("value", pa.int64())])


def table(digests: list[str], first: int) -> pa.Table:
    values = range(first, first + len(digests))
    return pa.table({"digest": digests, "value": list(values)}, SCHEMA)


@given(
    st.lists(st.lists(st.sampled_from(DIGESTS), max_size=4), max_size=6),
    st.lists(st.sampled_from(DIGESTS), max_size=9),
)
def test_rows_come_in_the_order_that_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[str]], wanted: list[str]
) -> None:
    path = tmp_path_factory.mktemp("gathered") / "rows"
    tables = [table(part, 10 * number) for number, part in enumerate(parts)]
    gathered = Gathered(path, SCHEMA, tables, "digest")
    first: dict[str, int] = {}
    for it in tables:
        for digest, value in zip(it["digest"].to_pylist(), it["value"].to_pylist(), strict=True):
            first.setdefault(digest, value)
    known = [digest for digest in wanted if digest in first]
    found = gathered.rows(known)
    assert found.schema == SCHEMA
    assert found["digest"].to_pylist() == known
    assert found["value"].to_pylist() == [first[digest] for digest in known]


def test_what_was_not_gathered_is_not_found(tmp_path: Path) -> None:
    gathered = Gathered(tmp_path / "rows", SCHEMA, [table(["aa"], 0)], "digest")
    with pytest.raises(KeyError):
        gathered.rows(["bb"])
