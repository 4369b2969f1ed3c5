"""Published counts beside counted ones: a line for each figure of a manifest."""

from dataclasses import dataclass

from manifests.vocabulary import REASON_MEANING
from validation.facts import Facts

NOT_COUNTED = "not counted when this manifest was made; normalize again"
NOTHING_KEPT = "no region is kept"

_COUNTS = ("images", "regions", "dont_care")
_NAMES = {"images": "images", "regions": "regions", "dont_care": "don't-care regions"}
_MEANING = {str(reason): text for reason, text in REASON_MEANING.items()}


@dataclass(frozen=True)
class Line:
    """One figure. ``published`` is None where nobody publishes it; ``share``: the figures are
    shares from 0 to 1, not counts. ``agrees`` is None where there is nothing to agree with."""

    title: str
    published: float | None
    counted: float | None
    why: str = ""
    share: bool = False

    @property
    def agrees(self) -> bool | None:
        """Whether both figures are the same (a share: to a thousandth)."""
        if self.published is None or self.counted is None:
            return None
        return abs(self.published - self.counted) < (0.0005 if self.share else 0.5)

    @property
    def difference(self) -> float | None:
        """Counted less published."""
        if self.published is None or self.counted is None:
            return None
        return self.counted - self.published


def lines(facts: Facts) -> list[Line]:
    """The figures of the ledger against the published ones."""
    published = facts.published
    seen = {
        "images": facts.seen("images"),
        "regions": facts.seen("regions"),
        "dont_care": facts.dont_care.total() if facts.regions else None,
    }
    found = [Line(f"{_NAMES[k]}{_SEEN[k]}", published[k], seen[k], _why(facts, k)) for k in _COUNTS]
    return [*found, _share(facts)]


def source_lines(facts: Facts) -> list[Line]:
    """The figures that ``normalize`` counted in the annotations, kept or not, against the published
    ones; those that it does not count, or did not yet, without a count."""
    info = facts.manifest.info
    published = (info.get("published") or {}).get("facts") or {}
    counted = info.get("source_facts") or {}
    found = [
        Line(fact["title"], published.get(name), fact["count"]) for name, fact in counted.items()
    ]
    return found + [Line(k, v, None, NOT_COUNTED) for k, v in published.items() if k not in counted]


_SEEN = {"images": " seen", "regions": " seen", "dont_care": " kept"}


def _share(facts: Facts) -> Line:
    total, ignored = facts.published["regions"], facts.published["dont_care"]
    published = ignored / total if total and ignored is not None else None
    counted = facts.dont_care.total() / facts.regions if facts.regions else None
    why = "" if facts.regions else NOTHING_KEPT
    return Line("don't-care share of regions", published, counted, why, share=True)


def _why(facts: Facts, what: str) -> str:
    """``53,686 in quarantine: image_missing (an annotation names ...)``."""
    kind = {"images": "image", "regions": "region"}.get(what)
    if not kind and not facts.regions:
        return NOTHING_KEPT
    reasons = facts.refused_of(kind) if kind else facts.dont_care
    words = [
        f"{count:,} {reason}" + (f" ({_MEANING[reason]})" if reason in _MEANING else "")
        for reason, count in sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    if not words:
        return ""
    return f"in quarantine: {'; '.join(words)}" if kind else "; ".join(words)
