"""The verdict as a person reads it in a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow.compute as pc

from manifests.findings import SEVERITIES
from validation.checks.changes import UNREADABLE
from validation.findings import NO_STATISTICS, STALE, Found
from validation.verdict import Outcome, Subject, Verdict

_HEADINGS = ("manifest", "images", "regions", "quarantined", "errors", "warnings")


def render(verdict: Verdict, details: bool = True) -> str:
    """A table of the manifests, then every failed rule with its first failing rows.

    Without ``details`` warnings are told in a line for each rule, with the manifests that break it.
    """
    lines = [*_table(verdict.subjects), ""]
    for severity in ("error", "warning"):
        if severity == "warning" and not details:
            lines += [*_in_short(verdict), ""]
            continue
        for subject in verdict.subjects:
            for outcome in subject.failures(severity):
                lines += [*_failure(subject, outcome), ""]
    return "\n".join([*lines, summary(verdict)])


def _in_short(verdict: Verdict) -> Iterator[str]:
    """A line for each rule that ends in a warning."""
    broken: dict[tuple[str, str], list[str]] = {}
    for subject in verdict.subjects:
        for outcome in subject.failures("warning"):
            names = broken.setdefault((outcome.rule, outcome.says), [])
            names += _members(outcome) or [subject.name]
    for (rule, says), names in broken.items():
        yield _cut(f"warning: {rule} ({says}) does not hold for {', '.join(names)}", 600)


def _members(outcome: Outcome) -> list[str]:
    """What a rule about mixes does not hold for: ``svt/train (of pretrain, finetune)``."""
    if outcome.table != "mixes":
        return []
    mixes: dict[str, list[str]] = {}
    for sample in outcome.samples:
        if sample.get("mix"):
            mixes.setdefault(f"{sample['dataset']}/{sample['split']}", []).append(sample["mix"])
    return [f"{member} (of {', '.join(dict.fromkeys(of))})" for member, of in mixes.items()]


def summary(verdict: Verdict) -> str:
    """One line: ``gate failed: 2 errors, 1 warning``."""
    counts = ", ".join(_counted(verdict.count(kind), kind) for kind in ("error", "warning"))
    return f"gate {verdict.state}: {counts}"


def findings(found: Found) -> Iterator[str]:
    """A line for each code: how many, and what it means; then where all of them are."""
    rows = found.by_code()
    widths = [max((len(str(row[i])) for row in rows), default=0) for i in range(3)]
    for severity, code, count in rows:
        cells = (severity.ljust(widths[0]), str(count).rjust(widths[2]), code.ljust(widths[1]))
        yield _cut("  ".join([*cells, found.codes[code].meaning]), 140)
    for left_out in (NO_STATISTICS, STALE, UNREADABLE):
        told = found.table.filter(pc.equal(found.table["code"], left_out.code))["message"]
        yield from (_cut(f"note: {message}") for message in told.to_pylist())
    yield findings_summary(found)


def findings_summary(found: Found) -> str:
    """One line: ``findings: 0 errors, 3 warnings, 12 notes; DATA/report/findings.parquet``."""
    counts = ", ".join(_counted(found.count(kind), kind) for kind in SEVERITIES)
    return f"findings: {counts}; each of them in {found.path}"


def place(sample: dict[str, Any], location: Sequence[str]) -> str:
    """Where a failing row comes from: the region, else the image; its file and line.

    The region id holds the image id, so that is not said twice.
    """
    known = {name: sample[name] for name in location if sample.get(name) is not None}
    line = known.pop("source_line", None)
    if "region_id" in known:
        known.pop("image_id", None)
    words = [text if text.isprintable() else repr(text) for text in map(str, known.values())]
    return "  ".join(words) + (f" line {line}" if line is not None else "")


def values(outcome: Outcome, sample: dict[str, Any]) -> str:
    """What was wrong: ``box_error = 4.0``, ``images_seen = 5, images_accounted = 4``."""
    return ", ".join(f"{name} = {_value(sample[name])}" for name in outcome.columns)


def _table(subjects: Sequence[Subject]) -> Iterator[str]:
    rows = [_HEADINGS, *(_cells(subject) for subject in subjects)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    for name, *numbers in rows:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:], strict=True))
        yield "  ".join([name.ljust(widths[0]), *cells])


def _cells(subject: Subject) -> tuple[str, ...]:
    counts = (subject.images, subject.regions, subject.quarantined)
    shown = [f"{count:,}" for count in counts] if subject.fingerprint else [""] * 3
    failed = [str(len(subject.failures(kind))) for kind in ("error", "warning")]
    return (subject.name, *shown, *failed)


def _failure(subject: Subject, outcome: Outcome) -> Iterator[str]:
    yield (
        f"{outcome.severity}: {subject.name} {outcome.table}, {outcome.failed:,} of "
        f"{outcome.checked:,} rows break {outcome.rule}: {outcome.says} ({outcome.wants})"
    )
    for sample in outcome.samples:
        where = place(sample, outcome.location)
        found = values(outcome, sample)
        yield _cut(f"    {where}: {found}" if where else f"    {found}")
    if outcome.failed > len(outcome.samples) > 0:
        yield f"    and {outcome.failed - len(outcome.samples):,} more"


def _value(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _cut(line: str, width: int = 400) -> str:
    return line if len(line) <= width else line[: width - 3] + "..."
