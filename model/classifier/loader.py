"""From a folder of pictures to batches of crops, in threads beside the training.

A picture that cannot be decoded is named in a warning, kept in ``unreadable`` and left out; the
next one takes its place in the batch.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from manifests.images import ImageError, decode
from model.classifier.crops import cut, middle_box, random_box
from model.classifier.folder import Labelled
from model.classifier.settings import BackboneSettings
from model.loader import epoch_order, sample_generator

LOG = logging.getLogger(__name__)

A = TypeVar("A")
B = TypeVar("B")
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """B crops: names, images (B, crop, crop, 3) uint8 RGB, labels (B,) int32."""

    names: list[str]
    images: Bytes
    labels: npt.NDArray[np.int32]


class PictureLoader:
    """Batches of a folder's pictures, the same for the same seed and epoch."""

    def __init__(self, root: Path, settings: BackboneSettings, threads: int) -> None:
        self.root, self.settings, self.threads = root, settings, threads
        self.unreadable: dict[str, str] = {}
        """Name -> why, of every picture that could not be decoded so far."""

    def training(self, pictures: Sequence[Labelled], epoch: int) -> Iterator[Pictures]:
        """Random crops in an epoch's own order; what does not fill a batch is left out."""
        order = epoch_order(len(pictures), self.settings.seed, epoch)

        def prepare(item: Labelled) -> Bytes:
            rng = sample_generator(self.settings.seed, epoch, item.name)
            image = self._decode(item)
            box = random_box(image.shape[1], image.shape[0], self.settings.min_area, rng)
            return cut(image, box, self.settings.crop, mirror=bool(rng.integers(2)))

        for batch in self._batches([pictures[n] for n in order], prepare):
            if len(batch.names) == self.settings.batch:
                yield batch

    def evaluation(self, pictures: Sequence[Labelled]) -> Iterator[Pictures]:
        """Middle crops, all of them, in order; the last batch may be short."""

        def prepare(item: Labelled) -> Bytes:
            image = self._decode(item)
            box = middle_box(image.shape[1], image.shape[0], self.settings.centre)
            return cut(image, box, self.settings.crop)

        return self._batches(pictures, prepare)

    def _decode(self, item: Labelled) -> Bytes:
        return decode((self.root / item.name).read_bytes()).pixels

    def _batches(
        self, items: Sequence[Labelled], prepare: Callable[[Labelled], Bytes]
    ) -> Iterator[Pictures]:
        def attempt(item: Labelled) -> Bytes | str:
            try:
                return prepare(item)
            except (ImageError, OSError) as error:
                return str(error) or type(error).__name__

        taken: list[tuple[Labelled, Bytes]] = []
        for item, result in ahead(items, attempt, self.threads, 2 * self.settings.batch):
            if isinstance(result, str):
                self._leave_out(item.name, result)
                continue
            taken.append((item, result))
            if len(taken) == self.settings.batch:
                yield _collect(taken)
                taken = []
        if taken:
            yield _collect(taken)

    def _leave_out(self, name: str, reason: str) -> None:
        if name not in self.unreadable:
            self.unreadable[name] = reason
            LOG.warning("left out, it cannot be read: %s: %s", self.root / name, reason)


def ahead(
    items: Iterable[A], work: Callable[[A], B], threads: int, most: int
) -> Iterator[tuple[A, B]]:
    """Items with what ``work`` makes of them, in order, at most ``most`` of them ahead."""
    waiting: deque[tuple[A, Future[B]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) >= most:
                    first, result = waiting.popleft()
                    yield first, result.result()
            for first, result in waiting:
                yield first, result.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _collect(taken: list[tuple[Labelled, Bytes]]) -> Pictures:
    labels = np.array([item.label for item, _ in taken], dtype=np.int32)
    return Pictures([item.name for item, _ in taken], np.stack([i for _, i in taken]), labels)
