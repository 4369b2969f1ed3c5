"""Pictures of every format that is read."""

import io
from pathlib import Path

import numpy as np
from PIL import Image as Pil

from manifests.images import ImageError, decode, is_plain, orientation
from tests.fuzz.running import LossError, Run, Target

_TOKENS = (b"Exif\0\0", b"MPF\0", b"II*\0\x08\0\0\0", b"MM\0*",
           b"\xff\xda", b"\xff\xd9", b"\xff\xe1",
           b"eXIf", b"zTXt", b"tEXt", b"iTXt", b"acTL", b"VP8X", b"ANIM",
           b"\x12\x01\x03\0")  # fmt: skip


ROOM = 800 << 10
"""KiB: a picture of the most pixels takes half a GB."""


def _seeds() -> tuple[bytes, ...]:
    pixels = np.random.default_rng(5).integers(0, 255, (11, 13, 3), np.uint8)
    picture, exif = Pil.fromarray(pixels), Pil.Exif()
    exif[0x0112] = 6
    kinds = [
        ("JPEG", picture, {"exif": exif}),
        ("JPEG", picture, {"progressive": True}),
        ("JPEG", picture.convert("CMYK"), {}),
        ("PNG", picture, {"exif": exif}),
        ("PNG", picture.convert("RGBA"), {}),
        ("PNG", Pil.fromarray(pixels[..., 0].astype(np.uint16) * 257), {}),
        ("GIF", picture, {"save_all": True, "append_images": [picture.rotate(90)]}),
        ("BMP", picture, {}),
        ("TIFF", picture, {"compression": "tiff_lzw"}),
        ("TIFF", picture, {"save_all": True, "append_images": [picture]}),
        ("WEBP", picture, {"exif": exif}),
        ("WEBP", picture, {"save_all": True, "append_images": [picture.rotate(90)]}),
    ]
    return tuple(_saved(kind, picture, options) for kind, picture, options in kinds)


def _saved(kind: str, picture: Pil.Image, options: dict[str, object]) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def _open(folder: Path) -> Run:
    def run(content: bytes) -> None:
        try:
            found = decode(content)
        except ImageError:
            return
        height, width, channels = found.pixels.shape
        if channels != 3 or found.pixels.dtype != np.uint8 or not height * width:
            raise LossError(f"{found.pixels.shape} {found.pixels.dtype}")
        is_plain(content), orientation(content)

    return run


TARGETS = (Target("pictures", _open, _seeds, _TOKENS, ROOM),)
