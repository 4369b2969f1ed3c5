"""Decoding pictures: every format of the six datasets to upright RGB, one way everywhere.

Of damage, this is caught: a header that is none, bytes that end too early, a checksum (PNG) that is
wrong, codes that cannot be decoded. This is not: other bytes in the middle of a format that has no
checksum, all but PNG, or a JPEG that was cut and then closed with an end marker. Its decoder fills
what it cannot read with gray and says nothing.
"""

import contextlib
import functools
import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from PIL import Image as Pil
from PIL import UnidentifiedImageError

from manifests.picture_traps import find_trap, is_bearable
from manifests.raw import error_text
from manifests.vocabulary import Reason

# the RGB of so many pixels, stored as PNG, fits the largest page of a shard (128 MiB)
MAX_PIXELS = 40_000_000
# several JPEGs in one file (MPO) are opened as JPEG
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP")
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp"})
_ORIENTATION = 0x0112
_TURNS = {
    2: Pil.Transpose.FLIP_LEFT_RIGHT,
    3: Pil.Transpose.ROTATE_180,
    4: Pil.Transpose.FLIP_TOP_BOTTOM,
    5: Pil.Transpose.TRANSPOSE,
    6: Pil.Transpose.ROTATE_270,
    7: Pil.Transpose.TRANSVERSE,
    8: Pil.Transpose.ROTATE_90,
}
"""What each orientation of EXIF asks for."""
_LOSSLESS = re.compile(rb"\xff[\xc3\xc7\xcb\xcf]")
"""Markers of a JPEG that cannot be painted smaller; decoders take Pillow's word that it can."""
_STORED = 4
"""Bytes of a pixel of mode RGB in Pillow's memory."""
_STRIP = 64
"""Rows of deep pixels that are scaled together."""
_HIDDEN_EXIF = "Raw profile type exif"
T = TypeVar("T")
_LENDING = threading.Lock()
_PLAIN_MODES = {"JPEG": frozenset({"RGB", "L"}), "PNG": frozenset({"RGB", "L"})}


class ImageError(Exception):
    """A picture that cannot be used; ``reason`` is its place in the quarantine vocabulary, and
    ``path`` its file, where it is known."""

    def __init__(self, reason: Reason, detail: str, path: Path | None = None) -> None:
        super().__init__(detail if path is None else f"{path}: {detail}")
        self.reason = reason
        self.detail = detail
        self.path = path


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    ``pixels``: (height, width, 3) uint8 RGB, EXIF rotation applied, transparent parts over white,
    the first frame of an animation. ``plain``: the file's own bytes decode to these very pixels
    in any decoder (a grayscale or RGB JPEG or 8-bit PNG that needs no rotation).
    """

    pixels: np.ndarray
    format: str
    mode: str
    plain: bool


@dataclass(frozen=True)
class Examined:
    """What is known of a picture that decodes: ``width`` and ``height`` upright, in px, and
    ``format`` and ``mode`` as ``Picture`` has them."""

    width: int
    height: int
    format: str
    mode: str


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode the bytes of a picture. Raises ImageError (unreadable, truncated, too large, made to
    keep a decoder busy)."""
    return _whole(data, max_pixels, _read)


def examine(data: bytes, max_pixels: int = MAX_PIXELS) -> Examined:
    """Decode the bytes of a picture, but hand out no pixels, which takes half the time. Raises
    ImageError where ``decode`` does."""
    return _whole(data, max_pixels, functools.partial(_examine, data))


def _whole(data: bytes, max_pixels: int, read: Callable[[Pil.Image], T]) -> T:
    """What ``read`` makes of a picture. Raises ImageError for all that goes wrong."""
    if trap := find_trap(data):
        raise ImageError(Reason.IMAGE_UNREADABLE, trap)
    try:
        with _open(data, max_pixels) as image:
            _refuse_large(f"{image.width}x{image.height}", image.width * image.height, max_pixels)
            return read(image)
    except ImageError:
        raise
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        detail = f"no picture of a format that is read ({', '.join(FORMATS)})"
        raise ImageError(Reason.IMAGE_UNREADABLE, detail) from error
    except Exception as error:  # a decoder may raise anything at all on hostile bytes
        raise ImageError(Reason.IMAGE_UNREADABLE, error_text(error)) from error


def upright_rgb(image: Pil.Image) -> np.ndarray:
    """(height, width, 3) uint8 RGB of an open picture of any mode: EXIF rotation applied,
    transparent parts over white, 16 bits scaled to 8, the frame of an animation that it is at."""
    turn = _TURNS.get(_orientation(image))
    return _pixels(_to_rgb(image if turn is None else image.transpose(turn)))


def _pixels(image: Pil.Image) -> np.ndarray:
    """(height, width, 3) uint8 of an image of mode RGB. Pillow stores four bytes a pixel, and lends
    them where they lie in one of its blocks; ``np.asarray`` takes longer than decoding does."""
    image.load()
    width, height = image.size
    if Pil.core.get_alignment() > 1:  # PILLOW_ALIGNMENT, which what is lent knows nothing of
        return np.asarray(image)
    import pyarrow as pa  # here, for a detector that is given pixels needs none of it

    pixels = np.empty((height, width, 3), np.uint8)
    rows = max(1, Pil.core.get_block_size() // (_STORED * width) // 2)
    for top in range(0, height, rows):
        strip = image if rows >= height else image.crop((0, top, width, min(top + rows, height)))
        lent = pa.array(strip).values.to_numpy().reshape(-1, width, _STORED)
        cv2.cvtColor(lent, cv2.COLOR_RGBA2RGB, dst=pixels[top : top + rows])
    return pixels


def is_plain(data: bytes) -> bool:
    """``Picture.plain`` from the header alone, for bytes that are known to decode."""
    with _open(data) as image:
        return _is_plain(image)


def orientation(data: bytes) -> int:
    """What EXIF says of rotation and mirroring, 1 to 8, for bytes that are known to decode; 1
    where it says nothing or nonsense."""
    with _open(data) as image:
        return _orientation(image)


def encode_png(pixels: np.ndarray) -> bytes:
    """Lossless bytes that any decoder reads, of (height, width, 3) uint8 RGB."""
    buffer = io.BytesIO()
    Pil.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


@contextlib.contextmanager
def _open(data: bytes, max_pixels: int = MAX_PIXELS) -> Iterator[Pil.Image]:
    """A picture of one of ``FORMATS``, header only. Raises ImageError where it is far too large.

    Pillow's own limit is lent for it, since opening a GIF paints its canvas already. It is one for
    all threads, and so are the filters of warnings: one thread opens at a time.
    """
    try:
        with _opened(data, max_pixels) as image:
            yield image
    except Pil.DecompressionBombError as error:  # "Image size (900000000 pixels) exceeds ..."
        pixels = re.search(r"\d+", str(error))
        _refuse_large("the picture", int(pixels[0]) if pixels else 2 * max_pixels, max_pixels)


def _opened(data: bytes, max_pixels: int) -> Pil.Image:
    with _LENDING, warnings.catch_warnings():
        warnings.simplefilter("ignore", Pil.DecompressionBombWarning)
        lent, Pil.MAX_IMAGE_PIXELS = Pil.MAX_IMAGE_PIXELS, max_pixels
        try:
            return Pil.open(io.BytesIO(data), formats=FORMATS)
        finally:
            Pil.MAX_IMAGE_PIXELS = lent


def _refuse_large(what: str, pixels: int, limit: int) -> None:
    if pixels > limit:
        detail = f"{what} is {pixels} pixels, more than {limit}"
        raise ImageError(Reason.IMAGE_TOO_LARGE, detail)


def _read(image: Pil.Image) -> Picture:
    file_format, mode = image.format or "unknown", image.mode
    plain = _is_plain(image)
    image.load()
    return Picture(upright_rgb(image), file_format, mode, plain)


def _examine(data: bytes, image: Pil.Image) -> Examined:
    """Of a plain picture the pixels as they are stored are enough: to bring them to upright RGB
    could not fail. What is plain is asked once all is read: a PNG may tell more at its end."""
    file_format, mode = image.format or "unknown", image.mode
    width, height = image.size
    if file_format == "JPEG" and _is_plain(image) and not _LOSSLESS.search(data):
        image.draft(None, (1, 1))  # every code is read, as ever; of 64 pixels one is painted
        image.load()
        return Examined(width, height, file_format, mode)
    image.load()
    if not _is_plain(image):
        height, width = upright_rgb(image).shape[:2]
    return Examined(width, height, file_format, mode)


def _is_plain(image: Pil.Image) -> bool:
    known = image.mode in _PLAIN_MODES.get(image.format or "", frozenset())
    return known and "transparency" not in image.info and not _is_turned(image)


def _is_turned(image: Pil.Image) -> bool:
    """True where EXIF asks for a rotation or a mirror."""
    return _orientation(image) != 1


def _orientation(image: Pil.Image) -> int:
    """1 to 8; a broken EXIF block asks for nothing, and one that is a trap is not opened."""
    try:
        if not all(map(is_bearable, _exif_blocks(image))):
            return 1
        value = image.getexif().get(_ORIENTATION, 1)
        return int(value) if value in range(1, 9) else 1
    except Exception:  # EXIF of unknown origin: whatever its parser raises, the pixels are fine
        return 1


def _exif_blocks(image: Pil.Image) -> Iterator[bytes]:
    """Where Pillow looks for EXIF: a block of bytes, or a text of PNG in hexadecimal digits."""
    if isinstance(block := image.info.get("exif"), bytes):
        yield block
    elif isinstance(text := image.info.get(_HIDDEN_EXIF), str):
        yield bytes.fromhex("".join(text.split("\n")[3:]))


def _to_rgb(image: Pil.Image) -> Pil.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _scale_deep(image)
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Pil.new("RGBA", rgba.size, "white")
        return Pil.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")  # to convert is to copy


def _scale_deep(image: Pil.Image) -> Pil.Image:
    """16-bit and float grayscale to 8 bits; Pillow's own conversion clips at 255 instead."""
    values = np.asarray(image)
    top = 65535.0 if image.mode.startswith("I") else max(float(values.max(initial=0.0)), 1.0)
    scaled = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), _STRIP):  # as float64 the whole may be a gigabyte
        strip = np.nan_to_num(values[start : start + _STRIP].astype(np.float64))
        scaled[start : start + _STRIP] = np.clip(strip * (255.0 / top), 0, 255)
    return Pil.fromarray(scaled).convert("RGB")
