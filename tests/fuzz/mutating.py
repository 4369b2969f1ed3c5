"""Inputs that are almost right: known ones, changed a little, the same for the same seed."""

import random
from collections.abc import Sequence

NUMBERS = (
    b"0", b"-1", b"1e999", b"-1e999", b"NaN", b"Infinity", b"1e-320", b"2147483648",
    b"9223372036854775808", b"18446744073709551616", b"9" * 400, b"0x" + b"f" * 40, b"1:30",
)  # fmt: skip
TOKENS = (
    b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r", b"\n", b"\r\n",
    b'"', b"'", b"\\", b"\\u0000", b"\\ud800", b",", b":", b"#", b"!", b"%", b"../", b"/etc/passwd",
    b"[", b"]", b"{", b"}", b"null", b"true", b"<script>", b"&", b"*a", b"- ", b"!!int ''", b"###",
)  # fmt: skip
_DEPTHS = (3, 31, 33, 100, 200, 900, 990, 1000, 2000)
_LARGEST = 1 << 16


def mutated(seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random) -> bytes:
    """One of the seeds with some changes; ``tokens``: what the format is made of, beside
    ``TOKENS`` and ``NUMBERS``."""
    data = bytearray(draw.choice(seeds))
    for _ in range(1 + min(int(draw.expovariate(0.7)), 8)):
        draw.choice(_CHANGES)(data, seeds, tokens, draw)
    return bytes(data[:_LARGEST])


def _flip(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    if data:
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _overwrite(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    """A whole number of 1, 2, 4 or 8 bytes at the edge of what it can be."""
    size, order = draw.choice((1, 2, 4, 8)), draw.choice(("little", "big"))
    value = draw.choice(
        (0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
    )
    at = draw.randrange(max(1, len(data) - size + 1))
    data[at : at + size] = (value % 2 ** (8 * size)).to_bytes(size, order)  # type: ignore[arg-type]


def _insert(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    at = draw.randrange(len(data) + 1)
    data[at:at] = draw.choice((*TOKENS, *NUMBERS, *tokens))


def _delete(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    start, end = _span(data, draw)
    del data[start:end]


def _repeat(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    start, end = _span(data, draw)
    data[end:end] = data[start:end]


def _move(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    start, end = _span(data, draw)
    piece = bytes(data[start:end])
    del data[start:end]
    at = draw.randrange(len(data) + 1)
    data[at:at] = piece


def _nest(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    """Something many times over, and now and then closed again."""
    piece, close = draw.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"{a: ", b"}"), (b"<a>", b"</a>")))
    times = draw.choice(_DEPTHS)
    at = draw.randrange(len(data) + 1)
    data[at:at] = piece * times + draw.choice((b"", b"1" + close * times))


def _cut(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    del data[draw.randrange(len(data) + 1) :]


def _splice(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    """A piece of another seed."""
    other = draw.choice(seeds)
    start, end = _span(other, draw)
    at = draw.randrange(len(data) + 1)
    data[at:at] = other[start:end]


def _number(
    data: bytearray, seeds: Sequence[bytes], tokens: Sequence[bytes], draw: random.Random
) -> None:
    """Another number in the place of one that is written out."""
    places = [at for at, byte in enumerate(data[:4096]) if 48 <= byte <= 57]
    if places:
        start = end = draw.choice(places)
        while end < len(data) and 48 <= data[end] <= 57:
            end += 1
        data[start:end] = draw.choice(NUMBERS)


def _span(data: bytes | bytearray, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(data) + 1)
    return start, min(len(data), start + min(int(draw.expovariate(0.05)), 4096))


_CHANGES = (
    _flip,
    _overwrite,
    _insert,
    _insert,
    _delete,
    _repeat,
    _move,
    _nest,
    _cut,
    _splice,
    _number,
)
