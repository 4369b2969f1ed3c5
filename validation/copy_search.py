"""Copies of one picture: candidates by hash, confirmed on thumbnails, the nearest kept.

Bounded however many copies there are: of a group of equal hashes each picture is held against the
first of each split, and of what is confirmed each picture keeps its nearest copy in each split.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from manifests.statistics import THUMBNAIL_SIDE
from validation.corpus import Corpus
from validation.near import Hashes, Pairs, cross_pairs, near_pairs

RADIUS = 10
"""Bits of 64. Re-encoding, 0.3 to 2 times the size and a tenth more light change at most 6 bits of
real pictures; no two unrelated photographs of 1,000 are within 10."""
LEAST_CORRELATION = 0.95
"""Of the two thumbnails. Copies as above have 0.97 and more, banners of one layout with other words
0.94 and less."""
FLAT = 2.0
"""Gray levels of contrast, below which a hash is one of noise: such pictures are told as faint, and
are copies only where all their pixels are equal."""
SMALL_GROUP = 64
"""Candidates of two values of the hash that are all looked at."""

_COLUMNS = ["image_id", "pixels_sha256", "phash", "phash_mirrored", "contrast"]


@dataclass(frozen=True)
class Pictures:
    """All pictures that have statistics, (N,) each; ``home``: a number for each split."""

    ids: list[str]
    home: npt.NDArray[np.int32]
    names: list[str]
    """``<dataset>/<split>`` of each home."""
    digest: npt.NDArray[np.int64]
    """Equal where the pixels are."""
    hashes: Hashes
    mirrored: Hashes
    contrast: npt.NDArray[np.float32]


@dataclass(frozen=True, order=True)
class Link:
    """Two copies, as rows of ``Pictures``; ``distance``: bits of the hash."""

    distance: int
    mirrored: bool
    left: int
    right: int
    exact: bool
    correlation: float = 1.0


def find_copies(corpus: Corpus) -> tuple[Pictures, list[Link]]:
    """Every picture's nearest copy in each split, where it has one."""
    pictures = load_pictures(corpus)
    links = [*exact_links(pictures), *confirmed(corpus, pictures, candidates(pictures))]
    return pictures, nearest(links, pictures.home)


def load_pictures(corpus: Corpus) -> Pictures:
    """What the search needs of every picture: some 200 bytes."""
    tables, names, homes = [], [manifest.name for manifest in corpus.manifests], []
    for manifest, table in corpus.pictures(_COLUMNS):
        tables.append(table)
        homes.append(np.full(len(table), names.index(manifest.name), np.int32))
    if not tables:
        none = np.empty(0, np.uint64)
        empty = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.float32)
        return Pictures([], empty[0], names, empty[1], none, none, empty[2])
    whole = pa.concat_tables(tables).combine_chunks()
    return Pictures(
        whole["image_id"].to_pylist(),
        np.concatenate(homes),
        names,
        _codes(whole["pixels_sha256"]),
        whole["phash"].to_numpy(),
        whole["phash_mirrored"].to_numpy(),
        whole["contrast"].to_numpy(),
    )


def exact_links(pictures: Pictures) -> Iterator[Link]:
    """Pictures of equal pixels; but of a single gray level all are equal and none is a copy."""
    rows = np.flatnonzero(pictures.contrast > 0)
    for group in _groups(pictures.digest[rows]):
        for left, right in _linked(rows[group], rows[group], pictures.home):
            yield Link(0, False, left, right, True)


def candidates(pictures: Pictures) -> Iterator[Link]:
    """Pictures whose hashes are near but whose pixels are not equal, not confirmed yet."""
    rows = np.flatnonzero(pictures.contrast >= FLAT)
    values, group_of = np.unique(pictures.hashes[rows], return_inverse=True)
    groups = _members(rows, group_of, len(values))
    own = np.arange(len(values))
    blocks = [Pairs(own, own, np.zeros(len(own), np.uint8))]
    yield from _expanded(pictures, groups, groups, [*blocks], False)
    yield from _expanded(pictures, groups, groups, near_pairs(values, RADIUS), False)
    flipped, group_of = np.unique(pictures.mirrored[rows], return_inverse=True)
    others = _members(rows, group_of, len(flipped))
    yield from _expanded(pictures, groups, others, cross_pairs(values, flipped, RADIUS), True)


def confirmed(corpus: Corpus, pictures: Pictures, found: Iterable[Link]) -> Iterator[Link]:
    """The candidates whose thumbnails are alike."""
    links = sorted(set(found))
    wanted = np.unique([row for link in links for row in (link.left, link.right)]).astype(np.int64)
    thumbnails = dict(zip(wanted.tolist(), _thumbnails(corpus, wanted), strict=True))
    for link in links:
        left, right = thumbnails[link.left], thumbnails[link.right]
        likeness = correlation(left, right[:, ::-1] if link.mirrored else right)
        if likeness >= LEAST_CORRELATION:
            yield Link(link.distance, link.mirrored, link.left, link.right, False, likeness)


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    """Of the gray levels of two thumbnails; 0 where one is flat."""
    first, second = (values - values.mean(dtype=np.float64) for values in (left, right))
    spread = float(first.std() * second.std())
    if min(first.std(), second.std()) < FLAT:
        return 0.0
    return float((first * second).mean()) / spread


def nearest(links: Iterable[Link], home: npt.NDArray[np.int32]) -> list[Link]:
    """The links that are the best of one of their ends to the other's split: equal pixels first,
    then fewer bits, unmirrored ones before mirrored ones. A pair is linked once."""
    kept: list[Link] = []
    served: set[tuple[int, int]] = set()
    for link in sorted(links, key=lambda link: (not link.exact, link)):
        ends = {(link.left, int(home[link.right])), (link.right, int(home[link.left]))}
        if not ends <= served:
            kept.append(link)
            served |= ends
    return kept


def _codes(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    encoded = values.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _groups(values: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Rows of each value that stands more than once, ascending."""
    order = np.argsort(values, kind="stable")
    borders = np.flatnonzero(np.diff(values[order])) + 1
    return (group for group in np.split(order, borders) if len(group) > 1)


def _members(rows: np.ndarray, group_of: np.ndarray, count: int) -> list[np.ndarray]:
    """The rows of each group, ascending."""
    order = np.argsort(group_of, kind="stable")
    ends = np.cumsum(np.bincount(group_of, minlength=count))
    return np.split(rows[order], ends[:-1]) if count else []


def _expanded(
    pictures: Pictures,
    groups: list[np.ndarray],
    others: list[np.ndarray],
    blocks: Iterable[Pairs],
    mirrored: bool,
) -> Iterator[Link]:
    for block in blocks:
        for one, other, bits in zip(block.left, block.right, block.distance, strict=True):
            for left, right in _linked(groups[one], others[other], pictures.home):
                if pictures.digest[left] != pictures.digest[right]:
                    yield Link(int(bits), mirrored, left, right, False)


def _linked(
    left: np.ndarray, right: np.ndarray, home: npt.NDArray[np.int32]
) -> Iterator[tuple[int, int]]:
    """Pairs (smaller row, larger row) of one of each: all where they are few, else each with the
    other side's first of each split."""
    if len(left) * len(right) <= SMALL_GROUP:
        pairs = {(int(a), int(b)) for a in left for b in right}
    else:
        first_left, first_right = (side[np.unique(home[side], True)[1]] for side in (left, right))
        pairs = {(int(a), int(b)) for a in left for b in first_right}
        pairs |= {(int(a), int(b)) for a in first_left for b in right}
    yield from sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})


def _thumbnails(corpus: Corpus, wanted: npt.NDArray[np.int64]) -> Iterator[np.ndarray]:
    """(32, 32) uint8 of some rows of ``Pictures``, ascending."""
    begun = 0
    for _, table in corpus.pictures(["thumbnail"]):
        low, high = np.searchsorted(wanted, (begun, begun + len(table)))
        for data in table["thumbnail"].take(wanted[low:high] - begun).to_pylist():
            yield np.frombuffer(data, np.uint8).reshape(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        begun += len(table)
