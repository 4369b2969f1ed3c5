"""Pictures in, text lines out: the network with everything before and after it."""

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import mindspore as ms
import numpy as np
import numpy.typing as npt

from model.checkpoints import Checkpoint, load, restore
from model.config import Config
from model.network import Ctpn
from model.outputs import Outputs, TextLines, text_lines, text_probability, text_proposals
from model.transforms import fit, resize_image

__all__ = [
    "ONE_AT_A_TIME",
    "Outputs",
    "Predictor",
    "TextLines",
    "forward",
    "load_predictor",
    "predictor_of",
    "text_lines",
    "text_probability",
    "text_proposals",
]

ONE_AT_A_TIME = threading.Lock()
"""MindSpore compiles and runs graphs of one thread at a time, whichever network they are of."""


class Predictor:
    """Finds text lines with a network. ``config`` is the one the network was built from."""

    def __init__(self, network: Ctpn, config: Config) -> None:
        self.network, self.config = network, config

    def predict(self, image: npt.NDArray[np.uint8]) -> TextLines:
        """The text lines of a (height, width, 3) uint8 RGB picture of any size."""
        return text_lines(self.outputs(image), self.config)

    def outputs(self, image: npt.NDArray[np.uint8]) -> Outputs:
        """What the network says of a (height, width, 3) uint8 RGB picture of any size."""
        height, width = image.shape[:2]
        network = self.config.network
        placed = fit(width, height, network.input_width, network.input_height)
        scores, vertical, side = next(self.run([resize_image(image, placed)]))
        return Outputs(scores, vertical, side, placed)

    def run(
        self, inputs: Iterable[npt.NDArray[np.uint8]], batch: int = 1
    ) -> Iterator[tuple[npt.NDArray[np.float32], ...]]:
        """``scores``, ``vertical`` and ``side`` as in ``Outputs`` of each of the network's inputs,
        (input_height, input_width, 3) uint8 RGB, in order; ``batch`` of them at a time.

        The last ones are filled up with black: for another number the network would be compiled
        again, which takes seconds.
        """
        waiting = iter(inputs)
        while group := list(islice(waiting, batch)):
            missing = [np.zeros_like(group[0])] * (batch - len(group))
            scores, vertical, side = forward(self.network, np.stack(group + missing))
            for one in range(len(group)):
                yield text_probability(scores[one]), vertical[one], side[one]


def load_predictor(path: Path, device: str = "CPU") -> Predictor:
    """The detector of a checkpoint, which holds its own config. Raises UserError."""
    checkpoint = load(path)
    return predictor_of(checkpoint, checkpoint.config, device)


def predictor_of(checkpoint: Checkpoint, config: Config, device: str) -> Predictor:
    """The detector of a checkpoint that is loaded, with a config that differs from its own in
    the decoding at most. Raises UserError."""
    network = Ctpn(config.network, on_host=device == "CPU")
    restore(network, checkpoint)
    network.set_train(False)
    return Predictor(network, config)


def forward(network: Ctpn, images: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], ...]:
    """Scores, vertical and side of (B, H, W, 3) uint8 RGB, as NumPy; the network is left training
    or not, as it was. Threads may call it: they wait for one another."""
    with ONE_AT_A_TIME:
        training = network.training
        network.set_train(False)
        try:
            return tuple(output.asnumpy() for output in network(ms.Tensor(images)))
        finally:
            network.set_train(training)
