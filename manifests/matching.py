"""Which region of an image's old labels is which of its new ones.

Numbers of lines cannot tell alone: one line put in at the top renumbers all that follow. So what is
equal is paired first, by polygon and text, then by polygon; what is left is paired by likeness.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.geometry import bounding_box

Region = dict[str, Any]
Boxes = npt.NDArray[np.float64]
MOST_PAIRS = 1_000_000


@dataclass(frozen=True)
class Pairing:
    """Regions of two versions of one image, each in exactly one of the three, in source order."""

    pairs: list[tuple[Region, Region]]
    removed: list[Region]
    added: list[Region]


def pair_regions(old: Sequence[Region], new: Sequence[Region]) -> Pairing:
    """Pair the regions of one image. Rows need ``region_id``, ``polygon``, ``text``, ``care``.

    In this order, each step with what the ones before left: all equal; all but the id equal; the
    polygon and the id; the polygon; and by likeness, best first: intersection over union of the
    boxes, half a point for an equal text, half a point for an equal id, in all more than half.
    So neither a place that another word took nor a number that another line took makes a pair.
    """
    found: dict[int, int] = {}
    for key in (
        lambda r: (*r["polygon"], r["text"], r["care"], r["region_id"]),
        lambda r: (*r["polygon"], r["text"], r["care"]),
        lambda r: (*r["polygon"], r["region_id"]),
        lambda r: (*r["polygon"],),
    ):
        found |= _equal(key, *_left(old, new, found))
    found |= _alike(*_left(old, new, found))
    left_old, left_new = _left(old, new, found)
    pairs = [(old[i], new[j]) for i, j in sorted(found.items())]
    return Pairing(pairs, [r for _, r in left_old], [r for _, r in left_new])


Numbered = list[tuple[int, Region]]


def _left(
    old: Sequence[Region], new: Sequence[Region], found: dict[int, int]
) -> tuple[Numbered, Numbered]:
    taken = set(found.values())
    return (
        [(i, region) for i, region in enumerate(old) if i not in found],
        [(j, region) for j, region in enumerate(new) if j not in taken],
    )


def _equal(key: Callable[[Region], Hashable], old: Numbered, new: Numbered) -> dict[int, int]:
    """Pairs of equal keys; among several of one key, in source order."""
    waiting: dict[Hashable, list[int]] = {}
    for j, region in reversed(new):
        waiting.setdefault(key(region), []).append(j)
    return {i: places.pop() for i, region in old if (places := waiting.get(key(region)))}


def _alike(old: Numbered, new: Numbered) -> dict[int, int]:
    """Pairs by likeness; where there are too many to compare, by text and id alone."""
    if len(old) * len(new) > MOST_PAIRS:
        return _equal(lambda r: (r["text"], r["region_id"]), old, new)
    found: dict[int, int] = {}
    taken: set[int] = set()
    scores = _likeness([r for _, r in old], [r for _, r in new])
    for place in np.argsort(-scores, axis=None, kind="stable"):
        row, column = divmod(int(place), len(new))
        if scores[row, column] <= 0.5:
            break
        i, j = old[row][0], new[column][0]
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return found


def _likeness(old: Sequence[Region], new: Sequence[Region]) -> npt.NDArray[np.float64]:
    """(old, new) float64; see ``pair_regions``. Of regions without a text, texts are not equal."""
    if not old or not new:
        return np.zeros((len(old), len(new)))
    same_id = _same([r["region_id"] for r in old], [r["region_id"] for r in new])
    same_text = _same([r["text"] for r in old], [r["text"] for r in new])
    return _overlaps(_boxes(old), _boxes(new)) + 0.5 * same_id + 0.5 * same_text


def _same(old: list[str | None], new: list[str | None]) -> npt.NDArray[np.bool_]:
    return np.array([[a is not None and a == b for b in new] for a in old], dtype=bool)


def _boxes(regions: Sequence[Region]) -> Boxes:
    return np.array([bounding_box(r["polygon"]) for r in regions], dtype=np.float64)


def _overlaps(a: Boxes, b: Boxes) -> npt.NDArray[np.float64]:
    """Intersection over union of (A, 4) and (B, 4) left, top, right, bottom: (A, B)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
