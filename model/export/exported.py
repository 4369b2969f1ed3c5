"""An exported file that is ready to run."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from manifests.errors import UserError
from model.decoding_changes import with_decoding
from model.export.about import About
from model.outputs import Outputs
from model.transforms import fit, resize_image

Pixels = npt.NDArray[np.uint8]
Arrays = tuple[npt.NDArray[np.float32], ...]
Call = Callable[[Pixels], Sequence[npt.NDArray[np.float32]]]
"""A picture to scores, vertical and side, as in ``model.export.about.OUTPUTS``."""


class Exported:
    """A network from an exported file. It takes one picture at a time, whatever ``batch`` says."""

    def __init__(self, call: Call, about: About) -> None:
        self.call, self.about, self.config = call, about, about.config

    def outputs(self, image: Pixels) -> Outputs:
        """What the network says of a (height, width, 3) uint8 RGB picture of any size.

        The graph resizes it where it takes any; where it takes the network's input, it is resized
        here. Raises ValueError for an empty picture, UserError for one that no such way leads to
        the input.
        """
        height, width = image.shape[:2]
        limit, only = self._limit, self.about.picture
        placed = fit(width, height, *limit)
        if only not in (None, (width, height)):
            if only != limit:
                raise UserError(
                    f"this file takes pictures of {_size(only)} px, and this one has "
                    f"{width}x{height}; `export --dynamic` makes one that takes any"
                )
            image = resize_image(image, placed)
        scores, vertical, side = self._answer(image)
        return Outputs(scores, vertical, side, placed)

    def run(self, inputs: Iterable[Pixels], batch: int = 1) -> Iterator[Arrays]:
        """``scores``, ``vertical`` and ``side`` of each of the network's inputs, in order.

        Raises UserError where the file takes pictures of one other size.
        """
        if self.about.picture not in (None, self._limit):
            raise UserError(
                f"this file takes pictures of {_size(self.about.picture)} px alone, not the "
                f"network's input, {_size(self._limit)}; export with --dynamic, or without --size"
            )
        for pixels in inputs:
            yield self._answer(pixels)

    def changed(self, changes: Sequence[str]) -> "Exported":
        """The same with ``key=value`` changes of the decoding. Raises UserError for others."""
        config = with_decoding(self.config, changes)
        if config.network != self.config.network:
            raise UserError(
                "the input's size is part of an exported file; export again with "
                f"--set {' '.join(changes)}"
            )
        return Exported(self.call, replace(self.about, config=config))

    def _answer(self, pixels: Pixels) -> Arrays:
        return tuple(np.asarray(a) for a in self.call(np.ascontiguousarray(pixels))[:3])

    @property
    def _limit(self) -> tuple[int, int]:
        network = self.config.network
        return network.input_width, network.input_height


def _size(picture: tuple[int, int] | None) -> str:
    return "any" if picture is None else f"{picture[0]}x{picture[1]}"
