"""Results of batches add up to the result of the whole."""

import json
import math

import numpy as np
import pandas as pd

from validation.merging import SAMPLES, located, merge, plain_value


def _batch(element: int, missing: int, values: list[int]) -> dict:
    """A result as Great Expectations words it."""
    return {
        "element_count": element,
        "missing_count": missing,
        "unexpected_count": len(values),
        "partial_unexpected_list": values[:SAMPLES],
        "partial_unexpected_counts": [{"value": v, "count": values.count(v)} for v in set(values)],
        "unexpected_index_list": [{"x": v} for v in values[:SAMPLES]],
    }


def test_counts_percents_and_samples_add_up() -> None:
    merged = merge(_batch(10, 2, [7, 7, 8]), _batch(30, 8, [7, 9, 9, 9]))
    assert (merged["element_count"], merged["missing_count"]) == (40, 10)
    assert merged["unexpected_count"] == 7
    assert merged["unexpected_percent"] == 100 * 7 / 30
    assert merged["unexpected_percent_total"] == 100 * 7 / 40
    assert merged["missing_percent"] == 25
    assert [row["x"] for row in merged["unexpected_index_list"]] == [7, 7, 8, 7, 9]
    tally = {entry["value"]: entry["count"] for entry in merged["partial_unexpected_counts"]}
    assert tally == {7: 3, 8: 1, 9: 3}


def test_nothing_at_all_has_no_percents_to_divide_by() -> None:
    assert merge(_batch(0, 0, []), _batch(0, 0, []))["unexpected_percent"] == 0


def test_row_counts_add_up() -> None:
    assert merge({"observed_value": 3}, {"observed_value": 4}) == {"observed_value": 7}


def test_failing_rows_are_given_in_full_as_json_takes_them() -> None:
    frame = pd.DataFrame(
        {
            "x": [0.5, math.inf, math.nan],
            "line": pd.array([1, None, 3], dtype="Int32"),
            "name": pd.array(["a", None, "c"], dtype="str"),
        },
        index=[10, 11, 12],
    )
    result = located({"partial_unexpected_index_list": [11, 12]}, frame, ["x"], ("name", "line"))
    rows = result["unexpected_index_list"]
    assert rows == [{"x": "inf", "name": None, "line": None}, {"x": None, "name": "c", "line": 3}]
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    assert "partial_unexpected_index_list" not in result


def test_plain_values() -> None:
    assert plain_value(np.float32(1.5)) == 1.5
    assert type(plain_value(np.int64(3))) is int
    assert plain_value(np.bool_(True)) is True
