"""From shards to the network's batches: decode, resize, assign targets, sample anchors.

Threads of MindSpore's dataset engine do the work while the network trains; decoding and resizing
leave Python's lock, so threads suffice.
"""

import logging
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from manifests.shardset import ShardSet
from model.anchors import STRIDE
from model.augment import jitter, random_view, seen_regions, whole_view
from model.config import Config
from model.shards import Sample, prefetching, prepared, read_sample
from model.targets import assign, sample
from model.transforms import Fit

LOG = logging.getLogger(__name__)

Arrays = tuple[npt.NDArray[Any], ...]

ARRAYS = ("images", "labels", "vertical", "side", "side_mask")


@dataclass(frozen=True)
class Batch:
    """B images ready for a training step, on R rows and C columns of k anchors."""

    image_ids: list[str]
    images: npt.NDArray[np.uint8]
    """(B, H, W, 3) RGB, resized and padded."""
    labels: npt.NDArray[np.int32]
    """(B, R, C, k): 1 positive, 0 negative, -1 not learnt from; sampled."""
    vertical: npt.NDArray[np.float32]
    """(B, R, C, k, 2)."""
    side: npt.NDArray[np.float32]
    """(B, R, C, k)."""
    side_mask: npt.NDArray[np.float32]
    """(B, R, C, k): 1 where ``side`` is learnt."""

    def arrays(self) -> Arrays:
        """All but the names, in the order of ``ARRAYS``."""
        return tuple(getattr(self, name) for name in ARRAYS)


class Loader:
    """Batches of a mix's shards, the same for the same seed and epoch however many threads work.

    Where several workers train together, a step takes ``batch`` images for each of them, and this
    one gets the images of its ``rank``; no image goes to two of them. ``change`` is applied to each
    image as it is read, for measuring what a part of the labels is worth. Raises UserError where
    the shards hold fewer images than one step takes.
    """

    def __init__(
        self,
        shards: ShardSet,
        config: Config,
        batch: int,
        seed: int,
        rank: int = 0,
        workers: int = 1,
        change: Callable[[Sample], Sample] | None = None,
    ) -> None:
        if shards.images < batch * workers:
            step = f"a batch of {batch}" + (f" for each of {workers} workers" * (workers > 1))
            raise UserError(
                f"{shards.folder} holds {shards.images} images, which do not fill {step}; set a "
                "smaller batch" + " or fewer workers" * (workers > 1)
            )
        self.shards, self.config, self.batch, self.seed = shards, config, batch, seed
        self.rank, self.workers, self.change = rank, workers, change or _as_it_is

    @property
    def steps(self) -> int:
        """Steps in an epoch; images that do not fill one (``left_out``) are left out of it."""
        return self.shards.images // (self.batch * self.workers)

    @property
    def left_out(self) -> int:
        """Images that an epoch passes over, others in each."""
        return self.shards.images - self.steps * self.batch * self.workers

    def epoch(self, number: int, skip: int = 0) -> Iterator[Batch]:
        """This worker's batches of one epoch, without the first ``skip``."""
        everything = epoch_order(self.shards.images, self.seed, number)
        order = part_of(everything, self.batch, self.rank, self.workers)[skip * self.batch :]

        def prepare(image_id: Any, image: Any, exhaustive: Any, regions: Any) -> tuple[Any, ...]:
            item = self.change(read_sample(image_id, image, exhaustive, regions))
            rng = sample_generator(self.seed, number, item.image_id)
            return np.array(item.image_id), *training_arrays(item, self.config, rng)

        workers = thread_count(self.config.loader.workers)
        names = ("image_id", *ARRAYS)
        with prefetching(self.config.loader.prefetch):
            rows = prepared(self.shards, order.tolist(), prepare, names, self.batch, workers)
        for row in rows:
            yield Batch([str(name) for name in row["image_id"]], *(row[name] for name in ARRAYS))


def _as_it_is(item: Sample) -> Sample:
    return item


def training_arrays(item: Sample, config: Config, rng: np.random.Generator) -> Arrays:
    """One image's part of a Batch: image, labels, vertical, side, side_mask."""
    image, polygons, care, placed = changed(item, config, rng)
    targets = assign(
        polygons,
        care,
        placed.input_height // STRIDE,
        placed.input_width // STRIDE,
        config.network.anchor_heights,
        placed.resized_width,
        placed.resized_height,
        item.exhaustive,
        config.targets,
        origin=placed.origin,
    )
    chosen = sample(targets.labels, rng, config.sample.anchors, config.sample.max_positive)
    return (
        image,
        chosen.astype(np.int32),
        targets.vertical,
        targets.side,
        targets.side_mask.astype(np.float32),
    )


def changed(
    item: Sample, config: Config, rng: np.random.Generator
) -> tuple[npt.NDArray[np.uint8], list[npt.NDArray[np.float64]], npt.NDArray[np.bool_], Fit]:
    """The training input made of an image: picture, polygons on it, care flags, placement."""
    augment, network = config.augment, config.network
    size = item.image.shape[1], item.image.shape[0]
    across = network.input_width, network.input_height
    view = whole_view(*size, *across)
    if augment.moves:
        view = random_view(size, item.polygons, item.care, across, augment, rng)
    polygons, care = seen_regions(item.polygons, item.care, size, view, augment.least_height)
    picture = view.picture(item.image)
    if rng.random() < augment.jitter:
        seen = view.placed.pixels  # padding has one colour, in use too
        picture[seen] = jitter(picture[seen], rng)
    return picture, polygons, care, view.placed


def epoch_order(images: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """(images,) row numbers in the order of an epoch."""
    return np.random.default_rng([seed, epoch]).permutation(images)


def part_of(
    order: npt.NDArray[np.int64], batch: int, rank: int, workers: int
) -> npt.NDArray[np.int64]:
    """(steps * batch,) the images of one worker: of each step's ``batch * workers``, which stand
    together, the ``rank``-th ``batch``. What does not fill a step is left out."""
    steps = len(order) // (batch * workers)
    return order[: steps * batch * workers].reshape(steps, workers, batch)[:, rank].reshape(-1)


def sample_generator(seed: int, epoch: int, image_id: str) -> np.random.Generator:
    """Random numbers for one image in one epoch, whichever thread prepares it."""
    return np.random.default_rng(
        [seed, epoch, zlib.crc32(image_id.encode(errors="surrogateescape"))]
    )


def thread_count(wanted: int) -> int:
    """At most one thread to a core: MindSpore refuses more."""
    cores = os.cpu_count() or 1
    if wanted > cores:
        LOG.info("loader.workers is %d, but there are %d cores: using %d", wanted, cores, cores)
    return min(wanted, cores)
