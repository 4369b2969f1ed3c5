"""Published counts beside counted ones: a line for each figure of a manifest."""

from collections.abc import Mapping
from dataclasses import dataclass

from manifests.vocabulary import REASON_MEANING
from validation.facts import Facts

TITLES = {
    "wide_16_or_less": "regions 16 px wide or less",
    "high_8_or_less": "regions 8 px high or less",
    "one_pixel_thick": "regions one pixel thick",
    "taller_than_wide": "regions taller than wide",
    "text_with_comma": "transcriptions with a comma",
    "text_not_ascii": "transcriptions beyond ASCII",
    "care_without_text": "care regions without text",
    "images_without_regions": "images without any region",
}
"""Facts that a manifest may also have published, under ``facts`` of its counts."""

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


def lines(facts: Facts, counted: Mapping[str, int]) -> list[Line]:
    """Seen figures against the published ones, and whatever else is worth counting.

    ``counted``: figures of ``TITLES``.
    """
    published = facts.published
    seen = {
        "images": facts.seen("images"),
        "regions": facts.seen("regions"),
        "dont_care": facts.dont_care.total(),
    }
    found = [Line(f"{_NAMES[k]}{_SEEN[k]}", published[k], seen[k], _why(facts, k)) for k in _COUNTS]
    found.append(_share(facts))
    known = (facts.manifest.info.get("published") or {}).get("facts") or {}
    found += [Line(title, known.get(k), counted.get(k, 0)) for k, title in TITLES.items()]
    return found + [Line(k, v, None) for k, v in known.items() if k not in TITLES]


_SEEN = {"images": " seen", "regions": " seen", "dont_care": " kept"}


def _share(facts: Facts) -> Line:
    total, ignored = facts.published["regions"], facts.published["dont_care"]
    published = ignored / total if total and ignored is not None else None
    counted = facts.dont_care.total() / facts.regions if facts.regions else None
    return Line("don't-care share of regions", published, counted, share=True)


def _why(facts: Facts, what: str) -> str:
    """``53,686 in quarantine: image_missing (an annotation names ...)``."""
    kind = {"images": "image", "regions": "region"}.get(what)
    reasons = facts.refused_of(kind) if kind else facts.dont_care
    words = [
        f"{count:,} {reason}" + (f" ({_MEANING[reason]})" if reason in _MEANING else "")
        for reason, count in sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    ]
    if not words:
        return ""
    return f"in quarantine: {'; '.join(words)}" if kind else "; ".join(words)
