"""From the bytes of a picture in a shard to RGB."""

import cv2
import numpy as np
import numpy.typing as npt

_PNG = b"\x89PNG\r\n\x1a\n"
_PROFILE, _PIXELS = b"iCCP", b"IDAT"
_FLAGS = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION


def decode_rgb(data: npt.NDArray[np.uint8] | bytes) -> npt.NDArray[np.uint8]:
    """(height, width, 3) RGB as the file stores it, EXIF's rotation ignored.

    Raises ValueError where the bytes cannot be decoded.
    """
    content = without_profile(bytes(data))
    # OpenCV answers None for bytes that it cannot decode, and raises for none at all.
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), _FLAGS) if content else None
    if pixels is None:
        raise ValueError("its picture cannot be decoded; build the shards again")
    return np.asarray(pixels, dtype=np.uint8)


def without_profile(data: bytes) -> bytes:
    """The bytes of a picture; of a PNG without its colour profile (chunk iCCP).

    OpenCV never applies a profile, but libpng checks it and writes a warning to standard error for
    many that are in use ("known incorrect sRGB profile"), for every such picture in every epoch.
    What stands before the chunk and after it stays as it is, damage included.
    """
    if not data.startswith(_PNG):
        return data
    at = len(_PNG)
    while at + 8 <= len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4], "big")
        if kind == _PROFILE and end <= len(data):
            return data[:at] + data[end:]
        if kind in (_PIXELS, _PROFILE):
            break
        at = end
    return data
