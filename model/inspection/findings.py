"""The detector's word on labels as findings: bounded lists for a person's eye, and the totals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from manifests.errors import UserError
from manifests.findings import Code, Finding
from manifests.reading import Manifest
from model.inspection.comparing import LINE_SCORE, SEEN, SEEN_SCORE
from model.inspection.worst import Worst

MOST = 200
"""Findings of one kind that are kept of a split: what a person looks through."""
FAINT = 20.0
"""Levels of luma: dim text of ICDAR 2015 that the detector missed has 46, a bare wall about 10."""

UNLABELLED = Code(
    "unlabelled_text",
    "warning",
    "The detector finds text where nothing is labelled, in a picture said to be labelled in full.",
    "Look at it: label the text, or make it don't-care, for training takes it for background.",
    threshold=LINE_SCORE,
    unit="mean text probability of the line",
)
UNLABELLED_KNOWN = Code(
    "unlabelled_text_expected",
    "note",
    "The detector finds text where nothing is labelled, in a picture not labelled in full.",
    "Nothing: training takes no negatives there; do not score a detector on such pictures.",
    threshold=LINE_SCORE,
    unit="mean text probability of the line",
)
UNSEEN = Code(
    "unseen_region",
    "note",
    "The detector has no sign of a region that is large, level and clear enough to be found.",
    "Look whether the region stands on its text; most are text of a kind that it never learnt.",
    threshold=FAINT,
    unit="levels of luma between light and dark in the region",
)
NOTHING_THERE = Code(
    "nothing_there",
    "warning",
    "A region in which neither the detector nor a difference of light and dark shows any text.",
    "Look whether the region is in its place; move it, drop it, or make it don't-care.",
    threshold=FAINT,
    unit="levels of luma between light and dark in the region",
)
LOOKED_AT = Code(
    "looked_at",
    "note",
    "How many pictures of a split the detector has seen, and what it made of them.",
    "Give a larger --images where more than a sample should be looked at.",
    unit="share of the pictures",
)
UNREADABLE = Code(
    "unreadable_picture",
    "warning",
    "The picture cannot be read any more, or is not the one that was normalized.",
    "Give the folder of the pictures with --raw, or normalize again.",
)

CODES = (UNLABELLED, UNLABELLED_KNOWN, UNSEEN, NOTHING_THERE, LOOKED_AT, UNREADABLE)


@dataclass(frozen=True)
class Line:
    """A line where nothing is labelled. ``polygon``: x, y in turn, pixels of the original."""

    polygon: list[float]
    score: float


@dataclass(frozen=True)
class Miss:
    """A region that was not seen."""

    region_id: str
    source_line: int | None
    contrast: float
    height: float
    """On the network's input, px."""


@dataclass(frozen=True)
class Look:
    """What came of one picture; plain values, so that it can be kept as JSON."""

    image_id: str
    annotation_uri: str
    exhaustive: bool
    error: str | None = None
    regions: int = 0
    """Care regions that were to be expected."""
    lines: list[Line] = field(default_factory=list)
    missed: list[Miss] = field(default_factory=list)


def findings_of(manifest: Manifest, looks: Iterable[Look], images: int) -> Iterator[Finding]:
    """The worst of what was seen in a split, and its totals; ``images``: how many it has.

    Raises UserError where no picture could be read: the folder is another one then.
    """
    worst, where = Worst(MOST), (manifest.dataset, manifest.split)
    counts = dict.fromkeys(("seen", "lines", "regions", "missed", "unreadable"), 0)
    for look in looks:
        if look.error is not None:
            counts["unreadable"] += 1
            worst.add(UNREADABLE.code, 0.0, _unreadable(where, look))
            continue
        counts["seen"] += 1
        counts["regions"] += look.regions
        counts["lines"] += len(look.lines)
        counts["missed"] += len(look.missed)
        for finding, badness in _of_look(where, look):
            worst.add(finding.code, badness, finding)
    if counts["unreadable"] and not counts["seen"]:
        raise UserError(
            f"no picture of {manifest.name} can be read; give the folder of the pictures with "
            f"--raw (the first: {next(iter(worst)).message})"
        )
    yield from worst
    if images:
        yield _total(where, counts, images)


def _unreadable(where: tuple[str, str], look: Look) -> Finding:
    message = look.error or ""
    return UNREADABLE.finding(*where, message, image_id=look.image_id)


def _of_look(where: tuple[str, str], look: Look) -> Iterator[tuple[Finding, float]]:
    place: dict[str, Any] = {"image_id": look.image_id, "source_uri": look.annotation_uri}
    for line in look.lines:
        code = UNLABELLED if look.exhaustive else UNLABELLED_KNOWN
        left, top = min(line.polygon[::2]), min(line.polygon[1::2])
        message = f"text with probability {line.score:.3f} at {left:.0f}, {top:.0f} px"
        more: dict[str, Any] = {"value": line.score, "polygon": tuple(line.polygon)}
        yield code.finding(where[0], where[1], message, **place, **more), line.score
    for miss in look.missed:
        clear = miss.contrast >= FAINT
        code = UNSEEN if clear else NOTHING_THERE
        message = (
            f"proposals above {SEEN_SCORE:g} cover less than {SEEN:.0%} of it; {miss.height:.0f} "
            f"px high on the network's input, {miss.contrast:.0f} levels between light and dark"
        )
        named: dict[str, Any] = {"region_id": miss.region_id, "source_line": miss.source_line}
        named["value"] = miss.contrast
        badness = miss.contrast if clear else -miss.contrast
        yield code.finding(where[0], where[1], message, **place, **named), badness


def _total(where: tuple[str, str], counts: dict[str, int], images: int) -> Finding:
    looked = counts["seen"] + counts["unreadable"]
    share = looked / max(images, 1)
    message = (
        f"{looked} of {images} pictures ({share:.1%}) were looked at, {counts['unreadable']} of "
        f"them unreadable: {counts['lines']} lines where nothing is labelled, and "
        f"{counts['missed']} of {counts['regions']} regions that were to be expected not seen; "
        f"at most {MOST} of a kind are listed"
    )
    return LOOKED_AT.finding(*where, message, value=share)
