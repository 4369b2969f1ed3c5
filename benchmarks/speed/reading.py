"""Reading shards in the order of training, against decoding the same JPEGs at all.

    python -m benchmarks.speed.reading [--quick]

Ours goes through MindSpore's dataset engine by a shuffled order, as the loader does, and decodes;
the yardstick decodes the same bytes, which are in memory, with OpenCV in a loop. Once with one
thread, once with all cores on both sides.
"""

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run
from model.environment import set_variables

ROWS = ("read shards in training order, one thread", "read shards in training order, all cores")
GOAL = Goal(most=1.15)
IMAGES = 400


def measure(sizes: Sizes) -> Iterator[Row]:
    """The rows of ``ROWS``."""
    set_variables()
    import cv2
    import numpy as np

    from benchmarks.pictures import make_shards
    from model.loader import epoch_order
    from model.shards import prepared, read_sample

    cv2.setNumThreads(1)
    images, cores = sizes.of(IMAGES, 4), len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as scratch:
        shards = make_shards(Path(scratch), images)
        order = epoch_order(images, 1, 1).tolist()
        held = _held(shards)

        def decode(_id: Any, image: Any, exhaustive: Any, regions: Any) -> tuple[Any]:
            return (read_sample(_id, image, exhaustive, regions).image,)

        def ours(threads: int) -> None:
            count = sum(1 for _ in prepared(shards, order, decode, ("image",), 1, threads))
            if count != images:
                raise ValueError(f"{count} pictures read of {images}")

        def bare(data: bytes) -> None:
            cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

        def yardstick(threads: int) -> None:
            with ThreadPoolExecutor(threads) as pool:
                for _ in pool.map(bare, held):
                    pass

        for name, threads in zip(ROWS, (1, cores), strict=True):
            rounds = in_turns(name, partial(ours, threads), partial(yardstick, threads), sizes)
            note = f"{images} pictures of 1280x720, {threads} threads"
            yield Row(name, "OpenCV decode loop over bytes in memory", GOAL, rounds, note)


def _held(shards: Any) -> list[bytes]:
    """The bytes of all pictures."""
    from mindspore import dataset

    rows = dataset.MindDataset([str(path) for path in shards.files], shuffle=False)
    found = rows.create_dict_iterator(num_epochs=1, output_numpy=True)
    return [row["image"].tobytes() for row in found]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
