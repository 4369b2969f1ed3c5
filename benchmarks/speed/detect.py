"""Detection of pictures from file to lines, against the network's forward time alone.

    python -m benchmarks.speed.detect [--quick]

Ours reads ahead with threads, as ``python -m model predict`` does, decodes, resizes, runs the
network and turns its outputs into lines; the yardstick runs the network on an input that is ready.
Both with MindSpore on the CPU, the weights that come with the project, one picture at a time.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.speed.results import Goal, Row
from benchmarks.speed.sides import Sizes, in_turns, run
from model.environment import prepare

ROWS = ("detect, end to end, a picture",)
GOAL = Goal(most=1.1)
IMAGES = 20


def measure(sizes: Sizes) -> Iterator[Row]:
    """The row of ``ROWS``."""
    prepare("CPU")
    import numpy as np

    from benchmarks.speed.raw import make_raw
    from model import Detector
    from model.predicting.reading import Read, read_all
    from model.transforms import fit, resize_image

    images = sizes.of(IMAGES, 2)
    with tempfile.TemporaryDirectory() as scratch:
        files = make_raw(Path(scratch), images)
        detector = Detector.load()
        network = detector.predictor.config.network

        def ours() -> int:
            read = (item for item in read_all(files, 2) if isinstance(item, Read))
            return sum(len(found) for found in detector.detect_many(item.pixels for item in read))

        black = np.zeros((720, 1280, 3), np.uint8)
        ready = resize_image(black, fit(1280, 720, network.input_width, network.input_height))

        def yardstick() -> None:
            for _ in detector.predictor.run([ready] * images):
                pass

        if not ours():
            raise ValueError("no line was found in any picture: nothing to measure")
        rounds = in_turns(ROWS[0], ours, yardstick, sizes)
    yield Row(ROWS[0], "forward pass alone", GOAL, rounds, f"{images} pictures of 1280x720, lite")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    return run(measure, __doc__, argv)


if __name__ == "__main__":
    sys.exit(main())
