"""Shape and place of a region: area, crossing, winding, thickness, how far out of its picture."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from manifests.findings import Code, Finding
from validation.outlines import crossings, signed_areas
from validation.ranges import Ints
from validation.regions import Bools, Regions, region_batches

if TYPE_CHECKING:
    from validation.corpus import Corpus

NO_AREA = Code(
    "no_area",
    "error",
    "The polygon's points lie on one line: no pixel belongs to the region.",
    "Correct the line, or drop the region with a decision; it can neither be learnt nor found.",
    threshold=1e-3,
    unit="px, root mean square distance of the points from that line",
)
"""A thousandth of a pixel is far below what a label means and far above rounding in float32."""

SELF_CROSSING = Code(
    "self_crossing",
    "warning",
    "Two sides of the polygon cross each other, as where two corners are exchanged.",
    "Put the points in the order of the outline; until then the region is what its lobes enclose.",
    threshold=0,
    unit="crossings",
)

COUNTER_CLOCKWISE = Code(
    "counter_clockwise",
    "warning",
    "The points run counter-clockwise on the screen, unlike those of nearly all of the split.",
    "Look at the order of the corners: the region may be mirrored, or begin at another corner.",
    threshold=0,
    unit="square px, signed area",
)

NO_WINDING = Code(
    "no_winding",
    "note",
    "The split's polygons run clockwise and counter-clockwise: its source has no order of points.",
    "Nothing here depends on it; reverse them before they go to a tool that wants one order.",
    threshold=0.01,
    unit="share of the regions that run counter-clockwise",
)
"""Up to one in a hundred each is named as a mistake; more of them are a habit."""

OUTSIDE_PICTURE = Code(
    "outside_picture",
    "warning",
    "The region reaches out of its picture.",
    "Look whether picture and annotation belong together, by size and rotation; training clips.",
    threshold=1.0,
    unit="px",
)
"""One pixel is what rounding and inclusive corners explain."""

ONE_PIXEL_THICK = Code(
    "one_pixel_thick",
    "note",
    "The region is one pixel thick or less: with inclusive corners, its source has zero thickness.",
    "Nothing, where a thin sign such as | or - is meant; else correct the line.",
    threshold=1.0,
    unit="px, the shorter side of the upright box",
)

THREE_POINTS = Code(
    "three_points",
    "note",
    "The region is a triangle, which hardly any text is: a corner may be missing.",
    "Look at the region; add the corner, or make it don't-care.",
    threshold=3,
    unit="points",
)

CODES = (
    NO_AREA,
    SELF_CROSSING,
    COUNTER_CLOCKWISE,
    NO_WINDING,
    OUTSIDE_PICTURE,
    ONE_PIXEL_THICK,
    THREE_POINTS,
)


MOST_REVERSED = 1_000
"""So many are named one by one; more are a habit, too, however large the split."""


def find(corpus: "Corpus") -> Iterator[Finding]:
    """All findings about shapes."""
    for manifest in corpus.manifests:
        yield from find_in_split(manifest.dataset, manifest.split, region_batches(manifest))


def find_in_split(dataset: str, split: str, batches: Iterable[Regions]) -> Iterator[Finding]:
    """The findings of a split's regions, and of the split as a whole."""
    total = reversed_ = 0
    kept: list[Finding] = []
    for regions in batches:
        crossed = crossings(regions)
        turned = counter_clockwise(regions, crossed)
        total, reversed_ = total + len(regions), reversed_ + len(turned)
        if len(kept) < MOST_REVERSED:
            kept.extend(_reversed(regions, turned))
        yield from find_in(regions, crossed)
    if reversed_ <= (NO_WINDING.threshold or 0) * total and reversed_ <= MOST_REVERSED:
        yield from kept
    else:
        share = reversed_ / total
        message = f"{reversed_} of {total} regions ({share:.1%}) run counter-clockwise"
        yield NO_WINDING.finding(dataset, split, message, value=share)


def find_in(regions: Regions, crossed: Ints) -> Iterator[Finding]:
    """The findings of single regions but for their winding. ``crossed``: (N,) their crossings. A
    polygon without area gets no other about its outline."""
    solid = _solid(regions)
    for i in np.flatnonzero(~solid):
        value = float(regions.measures["thickness"][i])
        yield regions.finding(NO_AREA, i, "its points lie on one line", value=value)
    for i in np.flatnonzero(solid & (crossed > 0)):
        times = "once" if crossed[i] == 1 else f"{crossed[i]} times"
        message = f"its outline crosses itself {times}"
        yield regions.finding(SELF_CROSSING, i, message, value=float(crossed[i]))
    yield from _outside(regions)
    sides = (regions.box[:, 2:] - regions.box[:, :2]).min(axis=1)
    for i in np.flatnonzero(solid & (sides <= (ONE_PIXEL_THICK.threshold or 0))):
        message = f"{_size(regions, i)} px in the picture"
        yield regions.finding(ONE_PIXEL_THICK, i, message, value=float(sides[i]))
    for i in np.flatnonzero(solid & (regions.counts == 3)):
        yield regions.finding(THREE_POINTS, i, "a region of three points", value=3.0)


def counter_clockwise(regions: Regions, crossed: Ints) -> Ints:
    """Indices of the regions that run counter-clockwise; a bow tie runs neither way."""
    one_way = _solid(regions) & (crossed == 0)
    return np.flatnonzero(one_way & (signed_areas(regions) < 0))


def _solid(regions: Regions) -> Bools:
    return np.asarray(regions.measures["thickness"] >= (NO_AREA.threshold or 0))


def _reversed(regions: Regions, index: Ints) -> Iterator[Finding]:
    areas = signed_areas(regions)
    for i in index:
        message = f"its points run counter-clockwise around {-areas[i]:.1f} square px"
        yield regions.finding(COUNTER_CLOCKWISE, i, message, value=float(areas[i]))


def _outside(regions: Regions) -> Iterator[Finding]:
    over = np.concatenate([-regions.box[:, :2], regions.box[:, 2:] - regions.size], axis=1)
    furthest, reach = over.argmax(axis=1), over.max(axis=1)
    for i in np.flatnonzero(reach > (OUTSIDE_PICTURE.threshold or 0)):
        side = ("left", "top", "right", "bottom")[furthest[i]]
        width, height = regions.size[i]
        message = f"{reach[i]:.1f} px beyond the {side} of a picture of {width:.0f}x{height:.0f} px"
        yield regions.finding(OUTSIDE_PICTURE, i, message, value=float(reach[i]))


def _size(regions: Regions, index: int) -> str:
    left, top, right, bottom = regions.box[index]
    return f"{right - left:.4g}x{bottom - top:.4g}"
