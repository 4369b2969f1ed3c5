"""Whether a picture's file ends where its format says: neither before nor after.

Decoders stop at the end marker, so bytes behind it go unseen; and a JPEG that was cut and closed
again decodes, with gray where its data are missing.
"""

import re
import struct

import numpy as np

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_EOI, _ALONE = 0xD9, {0x01, 0xD8}
_PADDING = b"\0\r\n \xff"
_GRAY = 128
_CUT_ROWS = 8


def ends_elsewhere(data: bytes, file_format: str) -> bool:
    """True where the bytes of a decodable picture end before their end marker, or where others
    than padding come behind it. Of TIFF, which has no such place, always False."""
    try:
        end = _ENDS[file_format](data) if file_format in _ENDS else len(data)
    except (struct.error, IndexError):
        return True
    return end is None or end > len(data) or bool(data[end:].strip(_PADDING))


def looks_cut(pixels: np.ndarray, file_format: str) -> bool:
    """True where the last rows of a JPEG, (height, width, 3) uint8 RGB, are the gray that its
    decoder puts in the place of missing data."""
    return file_format == "JPEG" and bool((pixels[-_CUT_ROWS:] == _GRAY).all())


def _jpeg(data: bytes) -> int | None:
    """Where the first picture's end marker ends. Segments are stepped over, since a thumbnail in
    one has an end marker of its own; within coded data 0xFF is followed by 0 or a restart."""
    at = 2
    while match := _MARKER.search(data, at):
        kind, at = match[1][0], match.end()
        if kind == _EOI:
            return at
        if kind not in _ALONE:
            at += int(struct.unpack_from(">H", data, at)[0])
    return None


def _png(data: bytes) -> int | None:
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if kind == b"IEND":
            return at
    return None


def _gif(data: bytes) -> int | None:
    at = 13 + _colours(data[10])
    while at < len(data):
        kind, at = data[at], at + 1
        if kind == 0x3B:
            return at
        if kind == 0x2C:  # a frame: its place, its colours, the width of its codes
            at += 9 + _colours(data[at + 8]) + 1
        else:  # an extension
            at += 1
        while data[at]:
            at += data[at] + 1
        at += 1
    return None


def _colours(flags: int) -> int:
    """Bytes of a GIF's table of colours."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> int:
    size = int(struct.unpack_from("<I", data, 4)[0])
    return 8 + size + size % 2


def _bmp(data: bytes) -> int:
    """The stated size, or the whole where none is stated."""
    return int(struct.unpack_from("<I", data, 2)[0]) or len(data)


_ENDS = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif, "WEBP": _webp, "BMP": _bmp}
