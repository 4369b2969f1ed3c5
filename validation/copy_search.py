"""Copies of one picture: candidates by hash, confirmed on thumbnails, the nearest kept.

Bounded however many pictures are near each other: pairs come some at a time, and of what is
confirmed each picture keeps its nearest copy in each split. Of groups of equal hashes each picture
is held against the first of each split, so of groups not all pairs are looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from validation.copy_candidates import Candidates, expanded, grouped, together
from validation.corpus import Corpus
from validation.near import Hashes, cross_pairs, near_pairs
from validation.nearest import Link, Nearest
from validation.thumbnails import FLAT, Thumbnails, load_thumbnails

RADIUS = 10
"""Bits of 64. Re-encoding, 0.3 to 2 times the size and a tenth more light change at most 6 bits of
real pictures; no two unrelated photographs of 1,000 are within 10."""
LEAST_CORRELATION = 0.95
"""Of the two thumbnails. Copies as above have 0.97 and more, banners of one layout with other words
0.94 and less."""

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


def find_copies(corpus: Corpus) -> tuple[Pictures, list[Link]]:
    """Every picture's nearest copy in each split, where it has one, nearest first."""
    pictures = load_pictures(corpus)
    thumbnails = load_thumbnails(corpus, pictures.hashes, pictures.mirrored)
    nearest = Nearest(pictures.home, len(pictures.names))
    for pairs in equal_pictures(pictures):
        nearest.take(pairs)
    for pairs in near_pictures(pictures):
        better = pairs.where(nearest.nearer(pairs))
        likeness = thumbnails.correlations(better.left, better.right, better.mirrored)
        nearest.take(better.where(likeness >= LEAST_CORRELATION))
    return pictures, list(_measured(nearest.links(), thumbnails))


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


def equal_pictures(pictures: Pictures) -> Iterator[Candidates]:
    """Pictures of equal pixels; but of a single gray level all are equal and none is a copy."""
    rows = np.flatnonzero(pictures.contrast > 0)
    groups = grouped(rows, pictures.digest, pictures.home)
    for pairs in expanded(groups, groups, [groups.own]):
        yield replace(pairs.where(pairs.left != pairs.right), exact=True)


def near_pictures(pictures: Pictures) -> Iterator[Candidates]:
    """Pictures whose hashes are near but whose pixels are not equal, not confirmed yet."""
    rows = np.flatnonzero(pictures.contrast >= FLAT)
    groups = grouped(rows, pictures.hashes, pictures.home)
    flipped = grouped(rows, pictures.mirrored, pictures.home)
    within = chain([groups.own], near_pairs(groups.values, RADIUS))
    yield from together(expanded(groups, groups, within), pictures.digest, mirrored=False)
    across = cross_pairs(groups.values, flipped.values, RADIUS)
    yield from together(expanded(groups, flipped, across), pictures.digest, mirrored=True)


def _measured(links: list[Link], thumbnails: Thumbnails) -> Iterator[Link]:
    """The links with how much they correlate."""
    pairs = np.array([(link.left, link.right) for link in links], np.int64).reshape(-1, 2)
    left, right = pairs.T
    upright, mirrored = (thumbnails.correlations(left, right, way) for way in (False, True))
    for link, *values in zip(links, upright.tolist(), mirrored.tolist(), strict=True):
        yield link if link.exact else replace(link, correlation=values[link.mirrored])


def _codes(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    encoded = values.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
