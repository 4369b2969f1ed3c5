"""Rules: expectations with a name, a severity and a sentence that says what holds.

An error means that the manifest breaks its contract and nothing may be built from it; a warning,
that a person should look. Importing this module imports Great Expectations, which takes seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import great_expectations.expectations as gxe
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.row_conditions import Column

from validation.merging import SAMPLES

Severity = Literal["error", "warning"]
_GX_SEVERITY: dict[Severity, str] = {"error": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Suite:
    """The rules of one kind of frame. ``table``: which kind; ``location``: the columns that tell
    a person where a row comes from; ``samples``: how many failing rows of one frame are kept."""

    name: str
    table: str
    location: tuple[str, ...]
    rules: tuple[Expectation, ...]
    samples: int = SAMPLES


class Rules:
    """Makes rules of one severity: ``error.null("image_id_unique", "...", "image_id_twin")``.

    Nulls pass every rule but ``present``: what may be null is said once, by that rule or by the
    schema. ``care``: only rows whose ``care`` has this value.
    """

    def __init__(self, severity: Severity) -> None:
        self._severity = severity

    def matches(self, name: str, says: str, column: str, regex: str) -> Expectation:
        """The text matches a regular expression (with \\Z for its end: $ is not Data Docs')."""
        kind = gxe.ExpectColumnValuesToMatchRegex
        return self._make(kind, name, says, f"{column} like {regex}", column=column, regex=regex)

    def one_of(self, name: str, says: str, column: str, values: Sequence[Any]) -> Expectation:
        """The value stands in a closed list."""
        kind, known = gxe.ExpectColumnValuesToBeInSet, list(values)
        wants = (
            f"{column} one of {', '.join(map(str, known))}" if known[1:] else f"{column} {known[0]}"
        )
        return self._make(kind, name, says, wants, column=column, value_set=known)

    def between(
        self,
        name: str,
        says: str,
        column: str,
        low: float | None,
        high: float | None,
        *,
        care: bool | None = None,
    ) -> Expectation:
        """low <= value <= high."""
        kind, where = gxe.ExpectColumnValuesToBeBetween, _where(care)
        wants = f"{column} {_range(low, high)}"
        return self._make(
            kind, name, says, wants, column=column, min_value=low, max_value=high, **where
        )

    def above(self, name: str, says: str, column: str, low: float) -> Expectation:
        """value > low."""
        kind, wants = gxe.ExpectColumnValuesToBeBetween, f"{column} more than {low}"
        return self._make(kind, name, says, wants, column=column, min_value=low, strict_min=True)

    def null(self, name: str, says: str, column: str, *, care: bool | None = None) -> Expectation:
        """There is no value: columns of problems and of twins."""
        kind, where = gxe.ExpectColumnValuesToBeNull, _where(care)
        return self._make(kind, name, says, f"no {column}", column=column, **where)

    def present(
        self, name: str, says: str, column: str, *, care: bool | None = None
    ) -> Expectation:
        """There is a value."""
        kind, where = gxe.ExpectColumnValuesToNotBeNull, _where(care)
        return self._make(kind, name, says, f"a {column}", column=column, **where)

    def equal(self, name: str, says: str, column: str, other: str) -> Expectation:
        """Two columns agree."""
        kind, wants = gxe.ExpectColumnPairValuesToBeEqual, f"{column} equal to {other}"
        return self._make(kind, name, says, wants, column_A=column, column_B=other)

    def rows(self, name: str, says: str, count: int) -> Expectation:
        """The frames of a suite have so many rows together. Every other rule is content with an
        empty frame."""
        return self._make(gxe.ExpectTableRowCountToEqual, name, says, f"{count} rows", value=count)

    def _make(
        self,
        kind: Callable[..., Expectation],
        name: str,
        says: str,
        wants: str,
        **arguments: Any,
    ) -> Expectation:
        meta = {"severity": self._severity, "rule": name, "says": says, "wants": wants}
        return kind(
            **arguments,
            meta=meta,
            severity=_GX_SEVERITY[self._severity],
            description=f"{name}, {self._severity} if broken: {says} ({wants})",
        )


def _range(low: float | None, high: float | None) -> str:
    if low == high:
        return str(low)
    if low is None or high is None:
        return f"at most {_short(high)}" if low is None else f"at least {_short(low)}"
    return f"{_short(low)} to {_short(high)}"


def _short(number: float | None) -> str:
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def _where(care: bool | None) -> dict[str, Any]:
    return {} if care is None else {"row_condition": Column("care") == care}


ERROR, WARNING = Rules("error"), Rules("warning")
