"""Regions of one image that are the same, nearly the same, or one inside the other."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from manifests.findings import Code, Finding
from manifests.vocabulary import Granularity
from validation.pairs import Pairs, overlapping
from validation.ranges import Ints
from validation.regions import Bools, Regions, region_batches

if TYPE_CHECKING:
    from validation.corpus import Corpus

DUPLICATE_REGION = Code(
    "duplicate_region",
    "warning",
    "Two regions of one image are the same piece of it.",
    "Drop one of the two with a decision: whoever finds it once has missed the other.",
    threshold=0.95,
    unit="IoU",
)
"""Of a word of 100 x 40 px, one that is moved by a pixel has an IoU of 0.98 or 0.95."""

NEAR_DUPLICATE_REGION = Code(
    "near_duplicate_region",
    "warning",
    "Two regions of one image cover nearly the same piece of it.",
    "Look at the two: often one word was labelled twice, in two readings or by two people.",
    threshold=0.7,
    unit="IoU",
)
"""The IoU above which an anchor belongs to both: training cannot tell them apart."""

CONTAINED_REGION = Code(
    "contained_region",
    "warning",
    "A region lies inside another one of the same image that is to be found, too.",
    "Look whether one is a line and the other a word of it, or a box is far too large.",
    threshold=0.95,
    unit="share of the inner region's area",
)

CODES = (DUPLICATE_REGION, NEAR_DUPLICATE_REGION, CONTAINED_REGION)

_BY_RANK = pa.array(
    [Granularity.CHARACTER, Granularity.WORD, Granularity.LINE, Granularity.AREA], pa.string()
)


def find(corpus: "Corpus") -> Iterator[Finding]:
    """All findings about overlaps."""
    for manifest in corpus.manifests:
        for regions in region_batches(manifest):
            yield from find_in(regions)


def find_in(regions: Regions) -> Iterator[Finding]:
    """The findings of some images' regions, one a pair; it names the later region of the file, of
    containment the inner one.

    Two don't-care regions may overlap as they like, and one may hold anything: it says that there
    is text that nobody reads, not where. A word in a line, a character in a word is no finding.
    """
    granularity = _granularity(regions)
    pairs = overlapping(regions, granularity >= 0, NEAR_DUPLICATE_REGION.threshold or 0)
    care = regions.care[pairs.first] | regions.care[pairs.other]
    same = granularity[pairs.first] == granularity[pairs.other]
    twice = care & same & (pairs.iou >= (NEAR_DUPLICATE_REGION.threshold or 0))
    for m in np.flatnonzero(twice):
        yield _duplicate(regions, pairs, m)
    outer = np.where(pairs.first_is_larger, pairs.first, pairs.other)
    inner = np.where(pairs.first_is_larger, pairs.other, pairs.first)
    held = ~twice & _unexpected(regions, granularity, outer, inner)
    for m in np.flatnonzero(held & (pairs.inside >= (CONTAINED_REGION.threshold or 0))):
        yield _contained(regions, pairs, int(inner[m]), int(outer[m]), m)


def _granularity(regions: Regions) -> Ints:
    """(N,) rank of the granularity; -1 for one that is not of the vocabulary."""
    rank = pc.index_in(regions.column("granularity"), _BY_RANK).fill_null(-1)
    return np.asarray(rank.to_numpy(), dtype=np.int64)


def _unexpected(regions: Regions, granularity: Ints, outer: Ints, inner: Ints) -> Bools:
    """(M,) whether nothing explains that one region lies in the other."""
    return np.asarray(regions.care[outer] & (granularity[inner] >= granularity[outer]))


def _duplicate(regions: Regions, pairs: Pairs, m: int) -> Finding:
    first, other, iou = int(pairs.first[m]), int(pairs.other[m]), float(pairs.iou[m])
    code = DUPLICATE_REGION if iou >= (DUPLICATE_REGION.threshold or 0) else NEAR_DUPLICATE_REGION
    message = f"IoU {iou:.3f} with {_told(regions, first)}; this one is {_told(regions, other)}"
    return regions.finding(code, other, message, other_region_id=_name(regions, first), value=iou)


def _contained(regions: Regions, pairs: Pairs, inner: int, outer: int, m: int) -> Finding:
    share = float(pairs.inside[m])
    message = f"{share:.1%} of {_told(regions, inner)} lies in {_told(regions, outer)}"
    return regions.finding(
        CONTAINED_REGION, inner, message, other_region_id=_name(regions, outer), value=share
    )


def _name(regions: Regions, index: int) -> str:
    return str(regions.column("region_id")[index].as_py())


def _told(regions: Regions, index: int) -> str:
    """``#3 "HOTEL"`` or ``#4, don't-care``."""
    number = _name(regions, index).rpartition("#")[2]
    text = regions.column("text")[index].as_py()
    said = f" {text!r}" if text else ""
    return f"#{number}{said}" + ("" if regions.care[index] else ", don't-care")
