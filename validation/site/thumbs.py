"""Thumbnails: the parts of the pictures that the pages show, each picture opened once."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Pil

from manifests import images
from manifests.errors import UserError
from manifests.geometry import Box
from manifests.pages.windows import cut, fitting
from manifests.pictures import read_picture
from manifests.storage.address import Root
from validation.site.shots import Outline, Shot, file_name, outlines, window

MOST = (400, 300)
"""Pixels of a thumbnail at most, twice what it takes on most screens."""
_QUALITY = 80


@dataclass(frozen=True)
class Thumb:
    """What a page shows of a picture. ``file``: relative to the folder of thumbnails; None where
    there is a ``problem``. ``size``: width and height of the thumbnail; ``part``: the window of the
    picture, in its pixels; ``whole``: that it is all of it."""

    shot: Shot
    file: str | None = None
    size: tuple[int, int] = (0, 0)
    part: Box = (0.0, 0.0, 0.0, 0.0)
    outlines: tuple[Outline, ...] = ()
    whole: bool = False
    problem: str = ""
    lost: str = ""
    """The region of the finding that the picture's row does not have."""

    @property
    def alt(self) -> str:
        """What the picture shows, in words."""
        what = "The whole of" if self.whole else "Part of"
        regions = [name for name in (self.shot.region, self.shot.other) if name]
        regions += ["a place that is no region"] if self.shot.place is not None else []
        about = f", around {' and '.join(regions)}" if regions and not self.whole else ""
        return f"{what} {self.shot.image_id}{about}"


def make_thumbs(
    wanted: Iterable[Shot],
    rows: Mapping[str, dict[str, Any]],
    root_of: Callable[[str], Root],
    folder: Path,
) -> dict[Shot, Thumb]:
    """Write the thumbnails of some shots below ``folder``.

    ``rows``: of the images, by id. ``root_of``: image id -> raw root; it may raise UserError. What
    cannot be shown has a ``problem`` instead of a file.
    """
    by_image: dict[str, list[Shot]] = {}
    for shot in dict.fromkeys(wanted):
        by_image.setdefault(shot.image_id, []).append(shot)

    def work(entry: tuple[str, list[Shot]]) -> list[Thumb]:
        name, mine = entry
        if name not in rows:
            return [Thumb(shot, problem="No manifest here has this image.") for shot in mine]
        return list(_of_image(rows[name], mine, root_of, folder))

    with ThreadPoolExecutor(max(1, min(4, os.cpu_count() or 1))) as pool:
        made = pool.map(work, by_image.items())
        return {thumb.shot: thumb for thumbs in made for thumb in thumbs}


def _of_image(
    row: dict[str, Any], wanted: list[Shot], root_of: Callable[[str], Root], folder: Path
) -> Iterator[Thumb]:
    try:
        data = read_picture(row, root_of(row["image_id"]))
        picture = Pil.fromarray(images.decode(data).pixels)
    except (UserError, images.ImageError) as error:
        problem = f"The picture cannot be shown: {error}"
        yield from (Thumb(shot, problem=problem) for shot in wanted)
        return
    for shot in wanted:
        yield _thumb(picture, row, shot, folder)


def _thumb(picture: Pil.Image, row: dict[str, Any], shot: Shot, folder: Path) -> Thumb:
    part = window(row, shot)
    scale, size = fitting(part, MOST)
    name = file_name(shot, part)
    path = folder / name
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        small = cut(picture, part).resize(size, Pil.Resampling.LANCZOS, reducing_gap=2)
        small.save(path, quality=_QUALITY, optimize=True)
    known = {region["region_id"] for region in row["regions"]}
    lost = [name for name in (shot.region, shot.other) if name and name not in known]
    return Thumb(
        shot,
        name,
        size,
        part,
        outlines(row, shot, part, scale),
        part == (0.0, 0.0, float(row["width"]), float(row["height"])),
        lost=", ".join(lost),
    )
