"""Pictures and what is cut out of them, written beside the pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pil

from manifests import images
from manifests.errors import UserError
from manifests.geometry import Box
from manifests.pages.windows import cut, fitting, window
from manifests.pictures import read_picture
from manifests.storage.address import Root
from model.report.examples import Example, Kind
from model.report.marks import Mark, crop_marks, polygons_about
from model.report.outcomes import TRUTHS
from model.report.reading import ImageRows, Row, digest

PICTURES, CROPS = "pictures", "crops"
_LARGEST = (1600, 1600)
_CROP = (320, 240)
_QUALITY = 82


@dataclass(frozen=True)
class Crop:
    """An example as a gallery shows it. ``file``: relative to the report; None where there is a
    ``problem``. ``size``: width and height; ``row``: what the table says of the example."""

    kind: Kind
    example: Example
    row: Row
    file: str | None
    size: tuple[int, int]
    marks: Sequence[Mark]
    problem: str = ""


@dataclass(frozen=True)
class Drawn:
    """What was made of an image's picture. ``file``: of all of it, relative to the report, where
    it was wanted; ``problem``: why it cannot be shown."""

    file: str | None = None
    problem: str = ""
    crops: tuple[Crop, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """What is wanted of an image's picture."""

    whole: bool = False
    examples: tuple[tuple[Kind, Example], ...] = ()


def draw(rows: ImageRows, wanted: Wanted, root: Root | str, folder: Path) -> Drawn:
    """Write the picture and the crops of an image below ``folder``; the picture is opened once.

    ``root``: the raw root, or why there is none, in words.
    """
    if not (wanted.whole or wanted.examples):
        return Drawn()
    picture = _open(rows.image, root)
    if isinstance(picture, str):
        crops = [_without_picture(rows, entry, picture) for entry in wanted.examples]
        return Drawn(None, picture, tuple(crops))
    file = _save_whole(picture, rows.name, folder) if wanted.whole else None
    crops = [_crop(picture, rows, entry, folder) for entry in wanted.examples]
    return Drawn(file, "", tuple(crops))


def _open(row: Row, root: Root | str) -> Pil.Image | str:
    """The picture, or why it cannot be shown."""
    if isinstance(root, str):
        return f"The picture cannot be shown: {root}"
    try:
        return Pil.fromarray(images.decode(read_picture(row, root)).pixels)
    except (UserError, images.ImageError) as error:
        return f"The picture cannot be shown: {error}"


def _save_whole(picture: Pil.Image, name: str, folder: Path) -> str:
    file = f"{PICTURES}/{digest(name)}.jpg"
    small = picture.copy() if max(picture.size) > max(_LARGEST) else picture
    small.thumbnail(_LARGEST, Pil.Resampling.LANCZOS, reducing_gap=2)
    small.save(folder / file, quality=_QUALITY)
    return file


def _crop(picture: Pil.Image, rows: ImageRows, entry: tuple[Kind, Example], folder: Path) -> Crop:
    row, part, size, marks = _framed(rows, entry)
    name = digest(f"{rows.name} {part}")
    file = f"{CROPS}/{name[:2]}/{name}.jpg"
    path = folder / file
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        small = cut(picture, part).resize(size, Pil.Resampling.LANCZOS, reducing_gap=2)
        small.save(path, quality=_QUALITY)
    return Crop(*entry, row, file, size, marks)


def _without_picture(rows: ImageRows, entry: tuple[Kind, Example], problem: str) -> Crop:
    row, _, size, marks = _framed(rows, entry)
    return Crop(*entry, row, None, size, marks, problem)


def _framed(
    rows: ImageRows, entry: tuple[Kind, Example]
) -> tuple[Row, Box, tuple[int, int], list[Mark]]:
    """The row of an example, the part of the picture around it, and what is drawn there."""
    kind, example = entry
    side = rows.truths if kind.side == TRUTHS else rows.detections
    row = next(row for row in side if row["index"] == example.index)
    polygons = polygons_about(rows, kind.side, row, kind.protocol)
    part = window(polygons, rows.image["width"], rows.image["height"])
    scale, size = fitting(part, _CROP)
    about = (kind.side, example.index)
    return row, part, size, crop_marks(rows, kind.protocol, about, part, scale)
