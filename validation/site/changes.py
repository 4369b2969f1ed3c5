"""What changed since the last report that differed: figures of then beside those of now.

The figures stand in ``site/summary.json``, beside those that they are compared with: building the
same report again keeps both.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from validation.facts import Facts
from validation.site.ranked import Ranked

SUMMARY = "summary.json"
_VERSION = 1


@dataclass(frozen=True)
class Change:
    """One figure that is another now; None where there was, or is, none."""

    subject: str
    what: str
    before: int | None
    now: int | None


def state(facts: Sequence[Facts], ranked: Ranked) -> dict[str, dict[str, int]]:
    """The figures of a report: subject -> what -> how many."""
    figures: dict[str, dict[str, int]] = {}
    for entry in facts:
        figures[entry.name] = {
            "images kept": entry.images,
            "regions kept": entry.regions,
            "don't-care regions": entry.dont_care.total(),
            "images in quarantine": entry.refused_of("image").total(),
            "regions in quarantine": entry.refused_of("region").total(),
        }
    for kind in ranked.kinds:
        for manifest, number in kind.counts.items():
            figures.setdefault(manifest, {})[f"findings: {kind.code.code}"] = number
    return figures


def summary(now: Mapping[str, Any], prints: Mapping[str, str], last: Path) -> dict[str, Any]:
    """What ``summary.json`` holds next. ``prints``: fingerprints of the manifests. ``last``: the
    file of the last report, which may be missing or of another version."""
    told: dict[str, Any] = {"figures": dict(now), "fingerprints": dict(prints)}
    before = _read(last)
    if before is None:
        return {"version": _VERSION, "now": told, "before": None}
    older = before["before"] if before["now"] == told else before["now"]
    return {"version": _VERSION, "now": told, "before": older}


def changes(kept: Mapping[str, Any]) -> list[Change] | None:
    """The differences that a summary holds; None where there is no earlier report."""
    if kept["before"] is None:
        return None
    now, before = kept["now"], kept["before"]
    found = _differences(before["figures"], now["figures"])
    named = {change.subject for change in found}
    return found + [
        Change(name, "contents, the counts are the same", None, None)
        for name, digest in now["fingerprints"].items()
        if name not in named and before["fingerprints"].get(name, digest) != digest
    ]


def _differences(
    before: Mapping[str, Mapping[str, int]], now: Mapping[str, Mapping[str, int]]
) -> list[Change]:
    return [
        Change(subject, what, old.get(what), new.get(what))
        for subject in sorted({*before, *now})
        for old, new in [(before.get(subject, {}), now.get(subject, {}))]
        for what in [*new, *(w for w in old if w not in new)]
        if old.get(what) != new.get(what)
    ]


def _read(path: Path) -> dict[str, Any] | None:
    """The last summary; none where it cannot be read, since nothing depends on it."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["version"] != _VERSION:
            return None
        for told in (value["now"], value["before"] or value["now"]):
            dict(told["figures"]), dict(told["fingerprints"])
        return dict(value)
    except (OSError, ValueError, KeyError, TypeError):
        return None
