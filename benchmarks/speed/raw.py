"""Made-up photographs in the layout of ICDAR 2015, each file other bytes."""

from pathlib import Path

import cv2
import numpy as np

from benchmarks.pictures import photograph

DISTINCT = 40
"""Pictures that are painted; files beyond them hold the same pixels and another comment."""
QUALITY = 85
"""Of the JPEG files: some 200 kB each, as photographs have."""


def make_raw(raw: Path, count: int) -> list[Path]:
    """Write ``RAW/icdar15``, pictures and annotations; returns the pictures."""
    pictures = raw / "icdar15" / "ch4_training_images"
    texts = raw / "icdar15" / "ch4_training_localization_transcription_gt"
    for folder in (pictures, texts):
        folder.mkdir(parents=True)
    painted = [_painted(number) for number in range(min(count, DISTINCT))]
    for number in range(count):
        encoded, lines = painted[number % len(painted)]
        (pictures / f"img_{number + 1}.jpg").write_bytes(_commented(encoded, f"number {number}"))
        (texts / f"gt_img_{number + 1}.txt").write_text(lines, encoding="utf-8")
    return sorted(pictures.iterdir())


def _painted(number: int) -> tuple[bytes, str]:
    picture, words = photograph(np.random.default_rng(number))
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError("OpenCV cannot write JPEG here")
    lines = "".join(f"{','.join(f'{round(v)}' for v in word)},Words\n" for word in words)
    return encoded.tobytes(), lines


def _commented(jpeg: bytes, comment: str) -> bytes:
    """The JPEG with a comment behind its first marker: another digest, the same pixels."""
    text = comment.encode("ascii")
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]
