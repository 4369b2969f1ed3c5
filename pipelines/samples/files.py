"""Writing sample files: pictures and archives whose bytes are the same on every run."""

import io
import shutil
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

_DATE = (2015, 1, 1, 0, 0, 0)
_ORIENTATION = 0x0112


def jpeg(pixels: np.ndarray, quality: int = 90, orientation: int | None = None) -> bytes:
    """JPEG bytes of (height, width, 3) uint8 RGB; ``orientation``: an EXIF tag to carry."""
    exif = Image.Exif()
    if orientation is not None:
        exif[_ORIENTATION] = orientation
    return encode(Image.fromarray(pixels), "JPEG", quality=quality, exif=exif)


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of a picture in a format of Pillow's."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def write(path: Path, data: bytes) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def pack(folder: Path) -> None:
    """Replace a folder by ``<folder>.zip``, its files at the top, in the order of their names."""
    with zipfile.ZipFile(folder.with_name(folder.name + ".zip"), "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes(), compresslevel=1)
    shutil.rmtree(folder)
