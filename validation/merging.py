"""Results of one rule over the batches of a table, as one result in Great Expectations' form."""

import math
from collections import Counter
from typing import Any

import pandas as pd

SAMPLES = 5


def located(
    result: dict[str, Any],
    frame: pd.DataFrame,
    columns: list[str],
    location: tuple[str, ...],
    most: int = SAMPLES,
) -> dict[str, Any]:
    """A copy of a batch's result that holds its first failing rows in full, ``most`` of them.

    ``unexpected_index_list`` becomes one dictionary a row: the failing ``columns`` and the
    ``location``. Great Expectations would look them up itself, at 0.1 ms for each failing row of
    the batch, shown or not: a minute where a whole set is wrong.
    """
    labels = result.get("partial_unexpected_index_list") or []
    names = list(dict.fromkeys([*columns, *location]))
    rows = frame.loc[labels[:most], names].to_dict("records")
    plain = [{str(name): plain_value(value) for name, value in row.items()} for row in rows]
    kept = {k: v for k, v in result.items() if k != "partial_unexpected_index_list"}
    return {**kept, "unexpected_index_list": plain, "unexpected_index_column_names": [*location]}


def merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The result over two batches; that of a row count adds up, the others count failing rows."""
    if "observed_value" in first:
        return {"observed_value": first["observed_value"] + second["observed_value"]}
    counts = {
        name: first.get(name, 0) + second.get(name, 0)
        for name in ("element_count", "unexpected_count", "missing_count")
    }
    lists = {
        name: [*first.get(name, []), *second.get(name, [])][:SAMPLES]
        for name in ("partial_unexpected_list", "unexpected_index_list")
    }
    tally = _tally(first, second)
    return {**first, **counts, **lists, **_percents(counts), "partial_unexpected_counts": tally}


def plain_value(value: Any) -> Any:
    """A cell as JSON can hold it: null for what is missing, text for NaN and infinities."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value


def _percents(counts: dict[str, int]) -> dict[str, float]:
    total, failed = counts["element_count"], counts["unexpected_count"]
    present = total - counts["missing_count"]
    return {
        "missing_percent": 100 * counts["missing_count"] / max(total, 1),
        "unexpected_percent": 100 * failed / max(present, 1),
        "unexpected_percent_nonmissing": 100 * failed / max(present, 1),
        "unexpected_percent_total": 100 * failed / max(total, 1),
    }


def _tally(*results: dict[str, Any]) -> list[dict[str, Any]]:
    tally: Counter[Any] = Counter()
    for result in results:
        for entry in result.get("partial_unexpected_counts", []):
            if "value" in entry:
                tally[entry["value"]] += entry["count"]
    return [{"value": value, "count": count} for value, count in tally.most_common(SAMPLES)]
