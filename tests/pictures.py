"""Pictures that are like a street's, and their files."""

import io

import numpy as np
from PIL import Image as Pil
from PIL import ImageDraw


def scene(seed: int = 0, width: int = 320, height: int = 200) -> Pil.Image:
    """Patches of light, bars and words; another seed, another picture."""
    random = np.random.default_rng(seed)
    patches = random.integers(40, 220, (5, 7, 3), dtype=np.uint8)
    image = Pil.fromarray(patches).resize((width, height), Pil.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        left, top = int(random.integers(width)), int(random.integers(height))
        fill = tuple(random.integers(0, 255, 3).tolist())
        draw.rectangle((left, top, left + width // 9, top + height // 15), fill)
        draw.text((left, top), "MARKET", fill="white")
    return image


def file_of(image: Pil.Image, file_format: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture's file."""
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()
