"""Pictures made to keep a decoder busy, or to fill memory: told by their structure, undecoded.

A TIFF directory, which EXIF and a JPEG's index of several pictures are too, is a list of entries
that say where their bytes lie. Pillow copies the bytes of every entry, and nothing forbids that all
of them name the same ones: 60 kB become gigabytes. A JPEG may cover the whole picture in each of
any number of scans of a few bytes.
"""

import re
import struct
from collections.abc import Iterator

MAX_SCANS = 100
"""Scans of a JPEG; progressive ones have about ten."""
MAX_COPIES, SLACK = 8, 1 << 16
"""The entries of a directory may have so many times the bytes of its block together, and so many
more: a few that share bytes do no harm."""
MAX_NUMBERS = 1 << 22
"""Of one entry; each becomes an object. A picture of ``manifests.images.MAX_PIXELS`` has no more
strips than that."""
MAX_EXIF_BYTES = 1 << 22
"""Of all EXIF segments of a JPEG; one has 64 kB at most."""

_JPEG = b"\xff\xd8\xff"
_EXIF, _INDEX = b"Exif\0\0", b"MPF\0"
_TIFF = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}
_BYTES_OF = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
}
_PLAIN = frozenset({1, 2, 6, 7})
_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)  # with \xff+ it takes ten times as long
_AFTER_SCAN = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_SOS, _EOI, _APP1, _APP2 = 0xDA, 0xD9, 0xE1, 0xE2
_BARE = frozenset({0x01, 0xC8, *range(0xD0, 0xDA), *range(0xF0, 0xFE)})
"""Markers without a length behind them."""


def find_trap(data: bytes) -> str | None:
    """Why the bytes of a picture should not be given to a decoder (a clause); None for others."""
    if data.startswith(_JPEG):
        return _find_in_jpeg(data)
    return None if is_bearable(data) else "its directory names the same bytes over and over"


def is_bearable(block: bytes) -> bool:
    """False for a TIFF directory, as of EXIF, whose entries make far more of it than it has. True
    for bytes that are none. ``Exif`` may stand in front of it, once."""
    block = block.removeprefix(_EXIF)
    order = _TIFF.get(block[:4])
    if order is None:
        return not block.startswith(_EXIF)  # Pillow takes them off one by one, with a copy each
    large = b"+" in block[:4]
    total, most = 0, MAX_COPIES * len(block) + SLACK
    try:
        for kind, count, offset in _entries(block, order, large):
            size = count * _BYTES_OF.get(kind, 0)
            if size > (8 if large else 4) and offset + size > len(block):
                return True  # reading ends here
            total += size
            if total > most or (count > MAX_NUMBERS and kind not in _PLAIN):
                return False
    except struct.error:  # cut short
        return True
    return True


def _entries(block: bytes, order: str, large: bool) -> Iterator[tuple[int, int, int]]:
    """Kind, count and place of the bytes of each entry of the first directory."""
    if large:
        (start,) = struct.unpack_from(order + "Q", block, 8)
        (entries,) = struct.unpack_from(order + "Q", block, start)
        at, form = start + 8, struct.Struct(order + "HHQQ")
    else:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (entries,) = struct.unpack_from(order + "H", block, start)
        at, form = start + 2, struct.Struct(order + "HHII")
    for number in range(entries):
        yield form.unpack_from(block, at + number * form.size)[1:]


def _find_in_jpeg(data: bytes) -> str | None:
    exif, scans = bytearray(), 0
    for marker, start, end in _segments(data):
        scans += marker == _SOS
        if scans > MAX_SCANS:
            return f"it has more than {MAX_SCANS} scans"
        body = data[start : min(end, start + len(_EXIF))]
        if marker == _APP1 and body == _EXIF and scans == 0:
            exif += data[start + len(_EXIF) : end]
            if len(exif) > MAX_EXIF_BYTES:
                return f"its EXIF has more than {MAX_EXIF_BYTES} bytes"
        index = marker == _APP2 and body.startswith(_INDEX) and scans == 0
        if index and not is_bearable(data[start + len(_INDEX) : end]):
            return "its index of pictures names the same bytes over and over"
    return None if is_bearable(bytes(exif)) else "its EXIF names the same bytes over and over"


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the body of each segment up to the end of the picture."""
    at, following = 2, _MARKER
    while (found := following.search(data, at)) is not None:
        marker, at = found[1][0], found.end()
        if marker == _EOI and following is _AFTER_SCAN:
            return
        if marker in _BARE:
            continue
        if at + 2 > len(data):
            return
        end = at + max(2, int.from_bytes(data[at : at + 2], "big"))
        yield marker, at + 2, end
        at = end
        if marker == _SOS:
            following = _AFTER_SCAN
