"""A folder of every kind of picture and of damage."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pil

from tests.pictures import file_of, scene

SIZE = (64, 40)


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """good.jpg, turned.jpg (EXIF: 40 x 64 as seen), other.png; clip.avi of 5 frames; and
    what cannot be read: empty.jpg, text.jpg, cut.jpg, huge.png, link.jpg, none.avi, fake.mp4."""
    folder = tmp_path_factory.mktemp("mixed")
    picture = scene(1, *SIZE)
    exif = Pil.Exif()
    exif[0x0112] = 6
    whole = file_of(picture, "JPEG")
    (folder / "good.jpg").write_bytes(whole)
    (folder / "turned.jpg").write_bytes(file_of(picture, "JPEG", exif=exif))
    (folder / "other.png").write_bytes(file_of(picture.convert("P")))
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("words")
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "huge.png").write_bytes(file_of(Pil.new("1", (9000, 9000))))
    (folder / "link.jpg").symlink_to("nowhere")
    (folder / "fake.mp4").write_text("#EXTM3U\nfile:///etc/hostname\n")
    write_video(folder / "clip.avi", 5)
    write_video(folder / "none.avi", 0)
    return folder


def write_video(path: Path, frames: int) -> None:
    """Frame n is of one gray, 40 * n, of all from the sixth on black."""
    coding = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, coding, 5, SIZE)
    for number in range(frames):
        writer.write(np.full((SIZE[1], SIZE[0], 3), 40 * number if number < 6 else 0, np.uint8))
    writer.release()
