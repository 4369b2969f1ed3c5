"""Whatever a person has of a picture, as the RGB pixels that a detector takes."""

import os
import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image as Pil

from manifests.images import ImageError, decode, upright_rgb
from manifests.raw import MAX_FILE_BYTES
from manifests.vocabulary import Reason

Pixels = npt.NDArray[np.uint8]
Picture = str | os.PathLike[str] | Pil.Image | Pixels
"""A file, a PIL image, or (H, W, 3) RGB, (H, W, 4) RGBA, (H, W) or (H, W, 1) gray, uint8."""
_WHITE = 255

__all__ = ["ImageError", "Picture", "Pixels", "read_file", "to_pixels"]


def to_pixels(image: Picture) -> Pixels:
    """(H, W, 3) uint8 RGB of a picture as a person sees it: EXIF rotation applied to files and PIL
    images, transparent parts over white.

    Raises OSError and ImageError, which name the file, for one that cannot be read or decoded,
    TypeError for other types, of arrays too, and ValueError for arrays of other shapes.
    """
    if isinstance(image, np.ndarray):
        return _of_array(image)
    if isinstance(image, Pil.Image):
        pixels = np.ascontiguousarray(upright_rgb(image))
        _require_pixels(pixels.shape)
        return pixels
    if isinstance(image, (str, os.PathLike)):
        return _of_file(Path(image))
    raise TypeError(
        f"a picture is a path, a PIL image or a NumPy array of uint8, not {type(image).__name__}"
    )


def read_file(path: Path) -> Pixels:
    """The pixels of a picture's file, of any format of ``manifests.images``. Raises OSError, and
    ImageError where it is no picture, damaged or too large."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(f"{path} is a folder; give the pictures in it")
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise ImageError(Reason.IMAGE_UNREADABLE, "no regular file")
    if status.st_size > MAX_FILE_BYTES:
        detail = f"the file has {status.st_size} bytes, more than {MAX_FILE_BYTES}"
        raise ImageError(Reason.IMAGE_TOO_LARGE, detail)
    if not status.st_size:
        raise ImageError(Reason.IMAGE_UNREADABLE, "the file is empty")
    return np.ascontiguousarray(decode(path.read_bytes()).pixels)


def _of_file(path: Path) -> Pixels:
    try:
        return read_file(path)
    except ImageError as error:
        raise ImageError(error.reason, error.detail, path) from error


def _of_array(array: npt.NDArray[np.generic]) -> Pixels:
    if array.dtype != np.uint8:
        raise TypeError(
            f"an array of {array.dtype} is no picture that is known: give uint8, 0 to 255 "
            "(of floats from 0 to 1: (255 * image).round().astype(np.uint8))"
        )
    _require_pixels(array.shape)
    values = np.asarray(array, dtype=np.uint8).reshape(*array.shape[:2], -1)
    channels = values.shape[2]
    if channels == 1:
        values = np.repeat(values, 3, axis=2)
    elif channels == 4:
        values = _over_white(values)
    return np.ascontiguousarray(values)


def _require_pixels(shape: tuple[int, ...]) -> None:
    known = len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))
    if not known or 0 in shape:
        raise ValueError(
            f"an array of shape {shape} is no picture: give (height, width, 3) RGB, "
            "(height, width, 4) RGBA or (height, width) gray, a pixel at least; of several "
            "pictures one at a time, or detect_many"
        )


def _over_white(values: Pixels) -> Pixels:
    """(H, W, 4) RGBA, not premultiplied, to (H, W, 3) over white; rounded."""
    alpha = values[..., 3:].astype(np.uint16)
    mixed = values[..., :3] * alpha + _WHITE * (_WHITE - alpha)
    return np.asarray((mixed + _WHITE // 2) // _WHITE, dtype=np.uint8)
