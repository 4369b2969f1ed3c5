"""Pictures come in order, whoever reads them, or with the reason why not."""

import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

import model.predicting.reading as reading
from model.predicting.inputs import Skipped, find_inputs
from model.predicting.reading import Read, read_all
from model.predicting.video import count_frames, is_estimate
from tests.model.predicting.conftest import write_video


@pytest.mark.parametrize("workers", [1, 3])
def test_everything_comes_once_and_in_order(mixed: Path, workers: int) -> None:
    files = find_inputs([str(mixed)]).files
    found = list(read_all(files, workers))
    names = [Path(item.image).name for item in found]
    assert names == [
        *(f"clip.avi#{number:06d}" for number in range(5)),
        "cut.jpg", "empty.jpg", "fake.mp4", "good.jpg", "huge.png", "link.jpg", "none.avi",
        "other.png", "text.jpg", "turned.jpg",
    ]  # fmt: skip
    sizes = {Path(item.image).name: item.pixels.shape for item in found if isinstance(item, Read)}
    assert len(sizes) == 8
    assert sizes["good.jpg"] == (40, 64, 3)
    assert sizes["turned.jpg"] == (64, 40, 3)


def test_what_cannot_be_read_is_told_with_its_reason(mixed: Path) -> None:
    files = find_inputs([str(mixed)]).files
    told = {
        Path(item.image).name: (item.reason, item.detail)
        for item in read_all(files, 2)
        if isinstance(item, Skipped)
    }
    assert told == {
        "cut.jpg": ("image_unreadable", told["cut.jpg"][1]),
        "empty.jpg": ("image_unreadable", "the file is empty"),
        "fake.mp4": ("image_unreadable", "the file is no video (MP4, MOV, AVI, MKV or WebM)"),
        "huge.png": ("image_too_large", "the picture is 81000000 pixels, more than 40000000"),
        "link.jpg": ("image_missing", "the link leads nowhere"),
        "none.avi": ("image_unreadable", "the video has no frame that can be read"),
        "text.jpg": ("image_unreadable", told["text.jpg"][1]),
    }
    assert "truncated" in told["cut.jpg"][1]


def test_every_third_frame(mixed: Path) -> None:
    found = [item for item in read_all([mixed / "clip.avi"], 1, every=3) if isinstance(item, Read)]
    assert [item.frame for item in found] == [0, 3]
    assert [round(float(np.mean(item.pixels)) / 40) for item in found] == [0, 3]
    assert count_frames(mixed / "clip.avi", 3) == 2
    assert count_frames(mixed / "fake.mp4") == 1


def test_a_video_that_was_cut_gives_what_it_has_and_says_so(mixed: Path, tmp_path: Path) -> None:
    data = (mixed / "clip.avi").read_bytes()
    (tmp_path / "cut.avi").write_bytes(data[:-700])
    *frames, end = read_all([tmp_path / "cut.avi"], 1)
    assert 0 < len(frames) < 5
    assert isinstance(end, Skipped)
    assert end.detail == f"{5 - len(frames)} of 5 frames could not be read"


def test_a_single_frame_that_is_damaged_is_told(tmp_path: Path) -> None:
    write_video(tmp_path / "whole.avi", 60)
    data = bytearray((tmp_path / "whole.avi").read_bytes())
    at = data.rfind(b"\xff\xd8")
    data[at : at + 400] = bytes(400)
    (tmp_path / "damaged.avi").write_bytes(data)
    assert not any(isinstance(item, Skipped) for item in read_all([tmp_path / "whole.avi"], 1))
    *frames, end = read_all([tmp_path / "damaged.avi"], 1, every=2)
    assert len(frames) == 30
    assert isinstance(end, Skipped)
    assert end.detail == "1 of 60 frames could not be read"


def test_a_container_that_only_tells_its_length_is_believed_but_for_rounding(
    tmp_path: Path,
) -> None:
    write_video(tmp_path / "whole.mkv", 60)
    data = (tmp_path / "whole.mkv").read_bytes()
    assert [type(item) for item in read_all([tmp_path / "whole.mkv"], 1)] == [Read] * 60
    begins = [at for at in range(len(data)) if data.startswith(b"\xff\xd8\xff", at)]
    (tmp_path / "cut.mkv").write_bytes(data[: begins[56]])
    *frames, end = read_all([tmp_path / "cut.mkv"], 1)
    assert len(frames) == 56
    assert isinstance(end, Skipped)
    assert end.detail.startswith("56 frames could be read, and its length makes one ")
    assert "about 60; the file does not say" in end.detail
    (tmp_path / "rounded.mkv").write_bytes(data[: begins[59]])
    assert [type(item) for item in read_all([tmp_path / "rounded.mkv"], 1)] == [Read] * 59


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def test_what_says_how_many_frames_it_holds(mixed: Path, tmp_path: Path) -> None:
    assert not is_estimate(mixed / "clip.avi")
    path = tmp_path / "clip.mp4"
    large = (1).to_bytes(4, "big") + b"mdat" + (20).to_bytes(8, "big") + b"moof"
    for content, expected in (
        (box(b"ftyp", b"isom") + large + box(b"moov"), False),
        (box(b"ftyp", b"isom") + large + box(b"moof") + box(b"mdat"), True),
        (box(b"ftyp", b"isom") + bytes(4) + b"mdat" + box(b"moof"), False),
        (b"", False),
    ):
        path.write_bytes(content)
        assert is_estimate(path) is expected


def test_no_more_is_read_ahead_than_there_are_workers(
    mixed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []
    lock = threading.Lock()
    real = reading.read_file

    def counted(path: Path) -> object:
        with lock:
            begun.append(path)
        return real(path)

    monkeypatch.setattr(reading, "read_file", counted)
    pictures = read_all([mixed / "good.jpg"] * 50, workers=3)
    assert len(list(islice(pictures, 4))) == 4
    assert 4 <= len(begun) <= 7
    pictures.close()
    assert len(begun) <= 7
