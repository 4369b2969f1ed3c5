"""Reading a picture's bytes from a request, within limits of size and time."""

from collections.abc import AsyncIterator, Mapping

import numpy as np
import numpy.typing as npt

from manifests.images import ImageError, decode
from model.serving import problems
from model.serving.limits import Limits
from model.serving.seats import Seat

_FORM = "multipart/"


def check_headers(headers: Mapping[str, str], limits: Limits) -> None:
    """Refuse by the headers what need not be read. Raises Problem."""
    content_type = headers.get("content-type", "")
    if content_type.lower().startswith(_FORM):
        raise problems.form(content_type.partition(";")[0])
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.bytes:
        raise problems.too_many_bytes(limits)


async def read_body(parts: AsyncIterator[bytes], limits: Limits, seat: Seat) -> bytes:
    """The whole body, counted as it comes, whatever its headers say. Raises Problem."""
    body = bytearray()
    try:
        async with seat.patience:
            async for part in parts:
                if len(body) + len(part) > limits.bytes:
                    raise problems.too_many_bytes(limits)
                body += part
                seat.came(len(part))
    except TimeoutError as error:
        raise problems.slow_upload(limits) from error
    if not body:
        raise problems.empty()
    return bytes(body)


def decode_picture(data: bytes, limits: Limits) -> npt.NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB. Raises Problem.

    Not for two threads at a time: Pillow's limit is a global one, which is lent for a picture.
    """
    try:
        return decode(data, limits.pixels).pixels
    except ImageError as error:
        raise problems.of_image(error) from error
