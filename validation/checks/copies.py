"""Copies of one picture: within a split, in two (a leak), and labelled in two ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from manifests.findings import Code, Finding
from manifests.leaks import is_test
from manifests.mixes import Mix
from validation.copy_search import RADIUS, Pictures, find_copies
from validation.corpus import Corpus
from validation.disagreement import Difference, differences
from validation.nearest import Link

_MERGE = "Keep one of them, for two weigh twice in training."
_SETTLE = (
    "Look which of the two is right; a decision drops the other copy, or makes the region "
    "don't-care."
)

LEAK_EXACT = Code(
    "leak_exact",
    "warning",
    "The same pixels in two splits; an error where a mix may train on a picture of a test split.",
    "Drop the copy that is not of a test split, or judge the pair as no leak in a decision.",
    0.0,
    "bits of the perceptual hash",
)
LEAK_NEAR = Code(
    "leak_near",
    "warning",
    "One picture in two splits, resized, re-encoded, brightened or mirrored; an error where a mix "
    "may train on a picture of a test split.",
    "Drop the copy that is not of a test split, or judge the pair as no leak in a decision.",
    float(RADIUS),
    "bits of the perceptual hash",
)
COPY_EXACT = Code("copy_exact", "warning", "The same pixels twice in a split.", _MERGE, 0.0, "bits")
COPY_NEAR = Code(
    "copy_near",
    "note",
    "One picture twice in a split, resized, re-encoded, brightened or mirrored.",
    _MERGE,
    float(RADIUS),
    "bits of the perceptual hash",
)
MOVED = Code(
    "copy_region_moved",
    "warning",
    "Two copies of one picture have the same region in different places.",
    _SETTLE,
    0.0,
    "px",
)
MISSING = Code(
    "copy_region_missing",
    "warning",
    "A region that the other copy of the picture does not have.",
    _SETTLE,
)
REREAD = Code(
    "copy_region_reread",
    "warning",
    "Two copies of one picture differ in the text of a region, or in whether it is don't-care.",
    _SETTLE,
)
CODES = (LEAK_EXACT, LEAK_NEAR, COPY_EXACT, COPY_NEAR, MOVED, MISSING, REREAD)

_COLUMNS = ["image_id", "image_uri", "annotation_uri", "width", "height", "regions"]


@dataclass(frozen=True)
class Copies:
    """Two copies, the one to give up first: ``link`` says how near, ``one`` and ``other`` are rows
    of the manifests."""

    link: Link
    one: dict[str, Any]
    other: dict[str, Any]

    @property
    def homes(self) -> tuple[str, str]:
        """``<dataset>/<split>`` of each."""
        one, other = (row["image_id"].rpartition("/")[0] for row in (self.one, self.other))
        return one, other


def find(corpus: Corpus) -> Iterator[Finding]:
    """Copies, leaks, and where the labels of two copies differ. A mirrored copy is found too; its
    labels are not compared."""
    for copies in _pairs(corpus):
        yield _copy(copies, corpus.mixes)
        if not copies.link.mirrored:
            yield from _disagreements(copies)


def _pairs(corpus: Corpus) -> Iterator[Copies]:
    pictures, links = find_copies(corpus)
    wanted = {pictures.ids[row] for link in links for row in (link.left, link.right)}
    rows: dict[str, dict[str, Any]] = {}
    for _, table in corpus.images(_COLUMNS) if wanted else ():
        some = [name in wanted for name in table["image_id"].to_pylist()]
        rows.update((row["image_id"], row) for row in table.filter(some).to_pylist())
    for link in links:
        one, other = _ordered(pictures, link)
        yield Copies(link, rows[one], rows[other])


def _ordered(pictures: Pictures, link: Link) -> tuple[str, str]:
    """The later one first, and one of a test split last: it is the one to keep."""
    names = pictures.ids[link.right], pictures.ids[link.left]
    tests = [is_test(name) for name in names]
    return (names[1], names[0]) if tests[0] and not tests[1] else names


def _copy(copies: Copies, mixes: Sequence[Mix]) -> Finding:
    link, (home, elsewhere) = copies.link, copies.homes
    exact, near = (COPY_EXACT, COPY_NEAR) if home == elsewhere else (LEAK_EXACT, LEAK_NEAR)
    finding = _finding(
        copies, exact if link.exact else near, _told(copies), value=float(link.distance)
    )
    parted = _parted(copies, mixes) if home == elsewhere else None
    message = f"{finding.message}; {parted}"
    return replace(finding, severity="warning", message=message) if parted else finding


def _parted(copies: Copies, mixes: Sequence[Mix]) -> str | None:
    """Which mixes take one of two copies of a split and not the other, where both have such."""
    taken = [
        {mix.name for mix in mixes if mix.member_of(row["image_id"])}
        for row in (copies.one, copies.other)
    ]
    one, other = sorted(taken[0] - taken[1]), sorted(taken[1] - taken[0])
    return f"the mix {one[0]} takes this one, {other[0]} the other" if one and other else None


def _told(copies: Copies) -> str:
    link, other = copies.link, copies.other["image_id"]
    if link.exact:
        return f"the same pixels as {other}"
    sizes = [f"{row['width']} x {row['height']}" for row in (copies.one, copies.other)]
    sized = f"; {sizes[0]} px, the other {sizes[1]} px" if sizes[0] != sizes[1] else ""
    how = "mirrored, " if link.mirrored else ""
    return (
        f"{how}{link.distance} of 64 bits from {other}, thumbnails correlate by "
        f"{link.correlation:.3f}{sized}"
    )


def _disagreements(copies: Copies) -> Iterator[Finding]:
    one, other = copies.one, copies.other
    scale = (one["width"] / other["width"], one["height"] / other["height"])
    for difference in differences(one["regions"], other["regions"], scale):
        yield _disagreement(copies, difference)


def _disagreement(copies: Copies, difference: Difference) -> Finding:
    """A region that only the other copy has is told of that copy, since there it can be seen."""
    region, other = difference.region, difference.other
    if region is None:
        copies = Copies(copies.link, copies.other, copies.one)
        region, other = other, None
    code, message = _worded(copies, difference, region or {}, other)
    return _finding(
        copies,
        code,
        message,
        region_id=(region or {}).get("region_id"),
        other_region_id=other and other["region_id"],
        source_uri=copies.one["annotation_uri"],
        source_line=(region or {}).get("source_line"),
        value=difference.value,
    )


def _worded(
    copies: Copies, difference: Difference, region: dict[str, Any], other: dict[str, Any] | None
) -> tuple[Code, str]:
    text, where = _quoted(region), copies.other["image_id"]
    if difference.kind == "missing" or other is None:
        return MISSING, f"{text} has no like in {where}"
    if difference.kind == "moved":
        return MOVED, f"{text} lies {difference.value:.4g} px elsewhere in {where}"
    if difference.kind == "care":
        states = ["to find" if entry["care"] else "don't-care" for entry in (region, other)]
        return REREAD, f"{text} is {states[0]}, in {where} {states[1]}"
    return REREAD, f"{text} reads {_quoted(other)} in {where}"


def _quoted(region: dict[str, Any]) -> str:
    return "a region without text" if region["text"] is None else repr(region["text"])


def _finding(copies: Copies, code: Code, message: str, **where: Any) -> Finding:
    dataset, split, _ = copies.one["image_id"].split("/")
    where.setdefault("source_uri", copies.one["image_uri"])
    return code.finding(
        dataset,
        split,
        message,
        image_id=copies.one["image_id"],
        other_image_id=copies.other["image_id"],
        **where,
    )
