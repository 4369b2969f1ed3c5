"""From what the network says of a picture to text lines in its own pixels, without the network."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from model.anchors import STRIDE
from model.config import Config
from model.lines import Lines, build_lines
from model.proposals import Proposals, ProposalSettings, decode
from model.transforms import Fit, restore_polygons


@dataclass(frozen=True)
class Outputs:
    """What the network says of one picture, on R rows and C columns of k anchors: those of its
    input, or of a larger grid that tiles were joined to."""

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


def text_lines(outputs: Outputs, config: Config) -> TextLines:
    """The text lines of a picture by what the network says of it."""
    return in_picture(build_lines(text_proposals(outputs, config), config.lines), outputs.placed)


def in_picture(lines: Lines, placed: Fit) -> TextLines:
    """The lines on the network's input as lines of the picture that was placed there."""
    quads = np.array(restore_polygons(list(lines.quads), placed)).reshape(-1, 4, 2)
    inside = np.clip(quads, 0, (placed.width, placed.height)).astype(np.float32)
    return TextLines(inside, lines.scores)


def text_proposals(outputs: Outputs, config: Config) -> Proposals:
    """The text proposals of a picture, on the network's input. Side offsets that were not trained,
    ``loss.side`` 0, count as unknown."""
    placed, network = outputs.placed, config.network
    rows, columns = outputs.scores.shape[:2]
    return decode(
        outputs.scores,
        outputs.vertical,
        outputs.side if config.loss.side > 0 else None,
        network.anchor_heights,
        placed.resized_width,
        placed.resized_height,
        _budget(config.proposals, rows * columns, network.input_height * network.input_width),
    )


def _budget(settings: ProposalSettings, cells: int, pixels: int) -> ProposalSettings:
    """The settings for a grid larger than that of an input of so many pixels: as many more
    proposals go on as it has more cells."""
    share = max(1.0, cells * STRIDE**2 / pixels)
    counts = (settings.before_nms, settings.after_nms)
    before, after = (math.ceil(count * share) for count in counts)
    return replace(settings, before_nms=before, after_nms=after)


def text_probability(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Softmax over the last axis, (background, text): the probability of text."""
    difference = np.clip(scores[..., 0] - scores[..., 1], -80, 80)
    return np.asarray(1 / (1 + np.exp(difference)), dtype=np.float32)
