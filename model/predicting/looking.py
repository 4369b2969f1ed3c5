"""Pictures through the detector, a few at a time, into the results."""

from collections.abc import Iterable, Iterator

from manifests.errors import UserError
from model.detector import Detector
from model.predicting.drawing import draw_lines, encode_jpeg
from model.predicting.folder import Results
from model.predicting.inputs import Skipped
from model.predicting.names import Names
from model.predicting.reading import Read


def look(
    detector: Detector,
    pictures: Iterable[Read | Skipped],
    results: Results,
    batch: int = 1,
    overlays: bool = True,
) -> None:
    """Detect text lines in all pictures, ``batch`` at once, and write the results in their order.

    Raises UserError where results cannot be written, or the network's outputs are no numbers.
    """
    names = Names()
    for group in _groups(pictures, results, batch):
        found = detector.detect_many([picture.pixels for picture in group], batch)
        try:
            for picture, detection in zip(group, found, strict=True):
                overlay = encode_jpeg(draw_lines(picture.pixels, detection)) if overlays else None
                name = names.take(picture.path, picture.frame)
                results.add(picture.image, name, detection, overlay)
        except ValueError as error:  # of a network that has diverged
            raise UserError(f"{group[0].image}: {error}; give another --checkpoint") from error


def _groups(
    pictures: Iterable[Read | Skipped], results: Results, batch: int
) -> Iterator[list[Read]]:
    """Lists of ``batch`` pictures, the last one may be shorter; what was skipped is written."""
    group: list[Read] = []
    for picture in pictures:
        if isinstance(picture, Skipped):
            results.skip(picture)
            continue
        group.append(picture)
        if len(group) == batch:
            yield group
            group = []
    if group:
        yield group
