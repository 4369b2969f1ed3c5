"""The detector: pictures of any kind in, typed text lines out."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from model.detector.pixels import ImageError, Picture, Pixels, to_pixels
from model.detector.results import Detection, detection_of
from model.detector.tiles import TileSettings, joined, tiles_of, tiling
from model.export.backends import Backend, open_backend
from model.outputs import Outputs, text_lines
from model.pretrained import DEFAULT, resolve


class Detector:
    """Finds text lines in pictures.

    One detector may be used by several threads: each waits for its turn at the network. Where it
    is loaded before anything else has loaded NumPy or MindSpore it also runs with the environment
    that is fastest for it (``model.environment``); it works otherwise too.

    >>> from PIL import Image, ImageDraw, ImageFont
    >>> picture = Image.new("RGB", (640, 360), (40, 90, 60))
    >>> font = ImageFont.load_default(40)
    >>> ImageDraw.Draw(picture).text((60, 100), "EXIT market", fill="white", font=font)
    >>> from model import Detector
    >>> detector = Detector.load()
    >>> found = detector.detect(picture)
    >>> len(found), found.width, found.height
    (2, 640, 360)
    >>> for line in sorted(found, key=lambda line: line.box):
    ...     left, top, right, bottom = line.box
    ...     print(50 < left < right < 290, 90 < top < bottom < 150, line.score > 0.9)
    True True True
    True True True
    """

    def __init__(self, predictor: Backend, tile: TileSettings | None = None) -> None:
        """``predictor``: a network with the config by which its outputs become lines."""
        self.predictor, self.tile = predictor, tile

    @classmethod
    def load(
        cls,
        checkpoint: str | Path = DEFAULT,
        *,
        backend: str | None = None,
        device: str = "CPU",
        thresholds: str | Path | None = None,
        changes: Sequence[str] = (),
        tile: TileSettings | None = None,
    ) -> "Detector":
        """The detector of a checkpoint; it takes seconds, and so does the first picture.

        checkpoint: a file, a run's folder, or the name of weights that come with the project.
        backend: what runs it, "mindspore", "mindir" or "onnxruntime", the last without MindSpore; a
        file that was exported decides by itself, and other files go to MindSpore, where it is
        installed. device: "CPU", "GPU" or "Ascend". thresholds: a file that ``python -m model
        sweep`` chose for this checkpoint, in the place of the checkpoint's own. changes: of the
        decoding or the input's size, such as ``["lines.min_score=0.7"]``, in the place of both.
        tile: how pictures larger than the input are cut; without, they are made smaller.

        Raises manifests.errors.UserError for what cannot be loaded, and says what to do.
        """
        path, chosen = resolve(Path(checkpoint)), None if thresholds is None else Path(thresholds)
        return cls(open_backend(path, backend, device, changes, chosen), tile)

    def detect(self, image: Picture) -> Detection:
        """The text lines of one picture: a path, a PIL image, or an array of uint8, (H, W, 3) RGB,
        (H, W, 4) RGBA or (H, W) gray. OpenCV's BGR is to be turned first: ``image[..., ::-1]``.

        Raises OSError and ``ImageError``, which name the file, for one that cannot be read or
        decoded, TypeError and ValueError for what is no picture.
        """
        return next(self.detect_many([image]))

    def detect_many(self, images: Iterable[Picture], batch: int = 1) -> Iterator[Detection]:
        """The text lines of each picture, in order, ``batch`` at a time through the network; of
        ``images`` no more than these are held. Raises as ``detect``, when it comes to a picture,
        and ends there; ``detect_each`` goes on.
        """
        for _, found in self.detect_each(images, batch):
            if isinstance(found, Exception):
                raise found
            yield found

    def detect_each(
        self, images: Iterable[Picture], batch: int = 1
    ) -> Iterator[tuple[Picture, Detection | Exception]]:
        """Each of ``images`` with its text lines, or with the error that ``detect`` would raise for
        it, and on to the next one; otherwise as ``detect_many``."""
        if batch < 1:
            raise ValueError(f"batch must be 1 at least, not {batch}")
        waiting = iter(images)
        while group := list(islice(waiting, batch)):
            taken = [_taken(image) for image in group]
            outputs = self.outputs([p for p in taken if not isinstance(p, Exception)], batch)
            for image, pixels in zip(group, taken, strict=True):
                if isinstance(pixels, Exception):
                    yield image, pixels
                else:
                    yield image, self._lines(pixels, next(outputs))

    def _lines(self, pixels: Pixels, outputs: Outputs) -> Detection:
        lines = text_lines(outputs, self.predictor.config)
        height, width = pixels.shape[:2]
        return detection_of(width, height, lines.quads, lines.scores)

    def outputs(self, pictures: Sequence[Pixels], batch: int = 1) -> Iterator[Outputs]:
        """What the network says of each (H, W, 3) uint8 RGB picture, its tiles joined: what
        ``model.outputs.text_lines`` and ``text_proposals`` decode in milliseconds, by any
        thresholds."""
        network = self.predictor.config.network
        cuts = [tiling(p.shape[1], p.shape[0], network, self.tile) for p in pictures]
        inputs = (
            tile
            for picture, cut in zip(pictures, cuts, strict=True)
            for tile in tiles_of(picture, cut)
        )
        answers = self.predictor.run(inputs, batch)
        for cut in cuts:
            yield joined(islice(answers, len(cut)), cut)


def _taken(image: Picture) -> Pixels | Exception:
    try:
        return to_pixels(image)
    except (OSError, ImageError, TypeError, ValueError) as error:
        return error
