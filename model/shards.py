"""Reading training and test images from MindRecord shards."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from mindspore import dataset

from manifests.packing import unpack_regions
from manifests.shardset import ShardSet
from model.decoding import decode_rgb

COLUMNS = ["image_id", "image", "exhaustive", "regions"]


@dataclass(frozen=True)
class Sample:
    """One image and its regions, as the manifest has them."""

    image_id: str
    image: npt.NDArray[np.uint8]
    """(height, width, 3) RGB."""
    polygons: list[npt.NDArray[np.float32]]
    """(n, 2) x, y each, half-open pixels of the image."""
    care: npt.NDArray[np.bool_]
    """(regions,); False: neither text to find nor background."""
    exhaustive: bool
    """False: text may stand where nothing is labelled."""


def read_sample(image_id: Any, image: Any, exhaustive: Any, regions: Any) -> Sample:
    """A Sample from a row's columns as MindRecord gives them.

    Raises ValueError, naming the image, where its bytes cannot be decoded.
    """
    name = str(image_id)
    try:
        rgb = decode_rgb(image)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    # Bytes come back as an array, whose items would lose trailing zeros.
    polygons, care = unpack_regions(regions.tobytes())
    return Sample(name, rgb, polygons, care, bool(exhaustive))


def read_samples(shards: ShardSet) -> Iterator[Sample]:
    """All images in the order of the shards."""
    for row in _rows(shards).create_dict_iterator(num_epochs=1, output_numpy=True):
        yield read_sample(*(row[name] for name in COLUMNS))


@contextlib.contextmanager
def prefetching(size: int) -> Iterator[None]:
    """What is built within keeps ``size`` items ready between any two of its operations."""
    before = dataset.config.get_prefetch_size()
    dataset.config.set_prefetch_size(size)
    try:
        yield
    finally:
        dataset.config.set_prefetch_size(before)


def prepared(
    shards: ShardSet,
    order: Sequence[int],
    prepare: Callable[..., tuple[Any, ...]],
    outputs: Sequence[str],
    batch: int,
    workers: int,
) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Batches of ``prepare(image_id, image, exhaustive, regions)`` for the rows in ``order``.

    order: row numbers across all files; outputs: a name for each value that ``prepare`` returns.
    Rows that do not fill a batch at the end are left out. ``workers`` threads prepare images; the
    order is kept.
    """
    rows = _rows(shards, sampler=dataset.SubsetSampler(list(order)))
    rows = rows.map(
        prepare, COLUMNS, list(outputs), num_parallel_workers=workers, python_multiprocessing=False
    )
    batches = rows.batch(batch, drop_remainder=True, num_parallel_workers=1)
    return iter(batches.create_dict_iterator(num_epochs=1, output_numpy=True))


def _rows(shards: ShardSet, **options: Any) -> Any:
    files = [str(path) for path in shards.files]
    if "sampler" not in options:
        options["shuffle"] = False
    return dataset.MindDataset(files, columns_list=COLUMNS, num_parallel_workers=1, **options)
