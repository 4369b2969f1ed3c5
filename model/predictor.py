"""Pictures in, text lines out: the network with everything before and after it."""

from dataclasses import dataclass
from pathlib import Path

import mindspore as ms
import numpy as np
import numpy.typing as npt

from model.checkpoints import Checkpoint, load, restore
from model.config import Config
from model.lines import build_lines
from model.network import Ctpn
from model.proposals import Proposals, decode
from model.transforms import Fit, fit, resize_image, restore_polygons


@dataclass(frozen=True)
class Outputs:
    """What the network says of one picture, on R rows and C columns of k anchors."""

    scores: npt.NDArray[np.float32]
    """(R, C, k) probability of text."""
    vertical: npt.NDArray[np.float32]
    """(R, C, k, 2) v_c and v_h as in ``model.targets``."""
    side: npt.NDArray[np.float32]
    """(R, C, k) side offset, in strides; means nothing where the loss left it out."""
    placed: Fit
    """How the picture lies on the network's input."""


@dataclass(frozen=True)
class TextLines:
    """Text lines of one picture by falling score; half-open pixels of the original picture."""

    quads: npt.NDArray[np.float32]
    """(L, 4, 2) x, y clockwise from the top left, inside the picture."""
    scores: npt.NDArray[np.float32]
    """(L,) mean text probability, 0 to 1."""

    @property
    def boxes(self) -> npt.NDArray[np.float32]:
        """(L, 4) left, top, right, bottom of the upright boxes around the quads."""
        return np.concatenate([self.quads.min(axis=1), self.quads.max(axis=1)], axis=1)

    def __len__(self) -> int:
        return len(self.scores)


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
        scores, vertical, side = forward(self.network, resize_image(image, placed)[None])
        return Outputs(text_probability(scores[0]), vertical[0], side[0], placed)


def text_lines(outputs: Outputs, config: Config) -> TextLines:
    """The text lines of a picture by what the network says of it."""
    placed = outputs.placed
    lines = build_lines(text_proposals(outputs, config), config.lines)
    quads = np.array(restore_polygons(list(lines.quads), placed)).reshape(-1, 4, 2)
    inside = np.clip(quads, 0, (placed.width, placed.height)).astype(np.float32)
    return TextLines(inside, lines.scores)


def text_proposals(outputs: Outputs, config: Config) -> Proposals:
    """The text proposals of a picture, on the network's input. Side offsets that were not trained,
    ``loss.side`` 0, count as unknown."""
    placed = outputs.placed
    return decode(
        outputs.scores,
        outputs.vertical,
        outputs.side if config.loss.side > 0 else None,
        config.network.anchor_heights,
        placed.resized_width,
        placed.resized_height,
        config.proposals,
    )


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
    or not, as it was."""
    training = network.training
    network.set_train(False)
    try:
        return tuple(output.asnumpy() for output in network(ms.Tensor(images)))
    finally:
        network.set_train(training)


def text_probability(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Softmax over the last axis, (background, text): the probability of text."""
    difference = np.clip(scores[..., 0] - scores[..., 1], -80, 80)
    return np.asarray(1 / (1 + np.exp(difference)), dtype=np.float32)
