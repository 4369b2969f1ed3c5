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
Places = npt.NDArray[np.int64]
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
    scores = _likeness([r for _, r in old], [r for _, r in new])
    rows, columns = np.nonzero(scores > 0.5)
    order = np.lexsort((columns, rows, -scores[rows, columns]))
    found = first_come(rows[order], columns[order])
    return {old[row][0]: new[column][0] for row, column in found}


def first_come(rows: Places, columns: Places) -> list[tuple[int, int]]:
    """One-to-one pairs of a row and a column: of (N,) candidates, best first, each whose row and
    column are still free."""
    pairs: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
        if i not in taken[0] and j not in taken[1]:
            pairs.append((i, j))
            taken[0].add(i)
            taken[1].add(j)
    return pairs


def _likeness(old: Sequence[Region], new: Sequence[Region]) -> npt.NDArray[np.float64]:
    """(old, new) float64; see ``pair_regions``. Of regions without a text, texts are not equal."""
    if not old or not new:
        return np.zeros((len(old), len(new)))
    same_id = _same([r["region_id"] for r in old], [r["region_id"] for r in new])
    same_text = _same([r["text"] for r in old], [r["text"] for r in new])
    ious = box_ious(_boxes(old), _boxes(new))
    return ious + 0.5 * same_id + 0.5 * same_text


def _same(old: list[str | None], new: list[str | None]) -> npt.NDArray[np.bool_]:
    return np.array([[a is not None and a == b for b in new] for a in old], dtype=bool)


def _boxes(regions: Sequence[Region]) -> Boxes:
    return np.array([bounding_box(r["polygon"]) for r in regions], dtype=np.float64)


def box_ious(a: Boxes, b: Boxes) -> npt.NDArray[np.float64]:
    """(A, B) intersection over union of (A, 4) and (B, 4) left, top, right, bottom; 0 where both
    have no area."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    areas = [np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (a, b)]
    union = areas[0][:, None] + areas[1][None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
