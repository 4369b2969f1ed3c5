"""The search for copies as it is meant, each pair by itself: what ``find_copies`` must find."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa

from manifests.statistics import SCHEMA
from validation.corpus import Corpus
from validation.nearest import Link

Row = dict[str, Any]
Pair = tuple[int, int]


class Measured:
    """What stands for a corpus: rows of statistics by ``<dataset>/<split>``."""

    def __init__(self, splits: dict[str, Sequence[Row]]) -> None:
        self.manifests = [SimpleNamespace(name=name) for name in splits]
        self._splits = splits

    def pictures(self, columns: Sequence[str]) -> Iterator[tuple[Any, pa.Table]]:
        """As of a corpus, five rows at a time."""
        schema = pa.schema([SCHEMA.field(name) for name in columns])
        for manifest in self.manifests:
            rows = [{name: row[name] for name in columns} for row in self._splits[manifest.name]]
            for low in range(0, len(rows), 5):
                yield manifest, pa.Table.from_pylist(rows[low : low + 5], schema)


def corpus_of(splits: dict[str, Sequence[Row]]) -> Corpus:
    """As far as the search needs one."""
    return cast(Corpus, Measured(splits))


def plain_links(splits: dict[str, Sequence[Row]], small_group: int) -> list[Link]:
    """The links that ``find_copies`` is to find."""
    rows = [{**row, "home": home} for home, split in splits.items() for row in split]
    kept: list[Link] = []
    served: set[tuple[int, str]] = set()
    for link in sorted({*_exact(rows, small_group), *_near(rows, small_group)}, key=_order):
        ends = {(link.left, rows[link.right]["home"]), (link.right, rows[link.left]["home"])}
        if not ends <= served:
            kept.append(link)
            served |= ends
    return kept


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Of the gray levels of two thumbnails; 0 where one is flat."""
    first, second = (values - values.mean(dtype=np.float64) for values in (left, right))
    spread = float(first.std() * second.std())
    if min(first.std(), second.std()) < 2:
        return 0.0
    return float((first * second).mean()) / spread


def _order(link: Link) -> tuple[bool, int, bool, int, int]:
    return (not link.exact, link.distance, link.mirrored, link.left, link.right)


def _exact(rows: list[Row], small_group: int) -> Iterator[Link]:
    groups = _groups(rows, "pixels_sha256", least=1e-9)
    for group in groups.values():
        for left, right in _linked(rows, group, group, small_group):
            yield Link(0, False, left, right, True)


def _near(rows: list[Row], small_group: int) -> Iterator[Link]:
    groups = _groups(rows, "phash", least=2)
    for one, other in [*combinations(groups, 2), *((value, value) for value in groups)]:
        yield from _alike(rows, small_group, groups, groups, one, other)
    flipped = _groups(rows, "phash_mirrored", least=2)
    for one, other in product(groups, flipped):
        yield from _alike(rows, small_group, groups, flipped, one, other)


def _alike(
    rows: list[Row],
    small_group: int,
    groups: dict[Any, list[int]],
    others: dict[Any, list[int]],
    one: int,
    other: int,
) -> Iterator[Link]:
    distance, mirrored = (one ^ other).bit_count(), others is not groups
    if distance > 10:
        return
    for left, right in _linked(rows, groups[one], others[other], small_group):
        if rows[left]["pixels_sha256"] != rows[right]["pixels_sha256"]:
            first, second = (_picture(rows[row]) for row in (left, right))
            likeness = correlation(first, second[:, ::-1] if mirrored else second)
            if likeness >= 0.95:
                yield Link(distance, mirrored, left, right, False, likeness)


def _picture(row: Row) -> np.ndarray:
    return np.frombuffer(row["thumbnail"], np.uint8).reshape(32, 32)


def _groups(rows: list[Row], column: str, least: float) -> dict[Any, list[int]]:
    groups: dict[Any, list[int]] = {}
    for number, row in enumerate(rows):
        if row["contrast"] >= least:
            groups.setdefault(row[column], []).append(number)
    return groups


def _linked(rows: list[Row], left: list[int], right: list[int], small_group: int) -> Iterator[Pair]:
    """Pairs of one of each: all where they are few, else each with the other side's first of each
    split."""
    pairs = set(product(left, right))
    if len(pairs) > small_group:
        firsts = [{rows[n]["home"]: n for n in reversed(side)}.values() for side in (left, right)]
        pairs = {*product(left, firsts[1]), *product(firsts[0], right)}
    yield from {(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]}
