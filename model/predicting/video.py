"""Frames of videos."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from manifests.images import MAX_PIXELS, ImageError
from manifests.vocabulary import Reason

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm"})
_SILENT = 0
"""OpenCV's log level."""
_ROUNDING = 1
"""Frames by which an estimate of their number may be wrong without a word."""
_MATROSKA = b"\x1a\x45\xdf\xa3"
_BOXES = 1000
"""Of an MP4, looked at for its first fragment."""
# FFmpeg's own messages would stand in the middle of the progress.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def frames(path: Path, every: int = 1) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    """(number from 0, (height, width, 3) uint8 RGB, upright) of every ``every``th frame.

    Raises OSError, and ImageError where it is no video, holds none, or fewer than it announces:
    after the frames that can be read.
    """
    _check_content(path)
    estimated = is_estimate(path)
    video = _opened(path)
    try:
        announced = _check(video)
        number = 0
        while video.grab():
            if number % every == 0:
                done, pixels = video.retrieve()
                if not done:
                    break
                yield number, np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            number += 1
    finally:
        video.release()
    if not number:
        raise ImageError(Reason.IMAGE_UNREADABLE, "the video has no frame that can be read")
    detail = _missing(number, announced, estimated)
    if detail:
        raise ImageError(Reason.IMAGE_UNREADABLE, detail)


def _missing(read: int, announced: int, estimated: bool) -> str:
    """What is said where fewer frames were read than a video announces; empty where not."""
    if announced - read <= (_ROUNDING if estimated else 0):
        return ""
    if not estimated:
        return f"{announced - read} of {announced} frames could not be read"
    return (
        f"{read} frames could be read, and its length makes one expect about {announced}; the file "
        "does not say their number, so it may be damaged or whole"
    )


def is_estimate(path: Path) -> bool:
    """Whether a video's container does not say how many frames it holds, so that their number
    comes from its length: Matroska, WebM, and MP4 in fragments. Raises OSError."""
    with path.open("rb") as file:
        if file.read(4) == _MATROSKA:
            return True
        at = 0
        for _ in range(_BOXES):
            file.seek(at)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4], "big"), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:], "big")
            if kind == b"moof" or size < 8:  # 0 is the last box, which ends with the file
                return kind == b"moof"
            at += size
    return False


def count_frames(path: Path, every: int = 1) -> int:
    """About how many frames ``frames`` gives; 1 where that cannot be told."""
    try:
        _check_content(path)
        video = _opened(path)
        try:
            return max(1, -(-_check(video) // every))
        finally:
            video.release()
    except (OSError, ImageError):
        return 1


def _opened(path: Path) -> cv2.VideoCapture:
    """The video, opened or not, without a word of OpenCV: what is wrong is told by others."""
    level = cv2.getLogLevel()
    cv2.setLogLevel(_SILENT)
    try:
        return cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    finally:
        cv2.setLogLevel(level)


def _check(video: cv2.VideoCapture) -> int:
    """The frames that a video announces. Raises ImageError where it cannot be opened."""
    if not video.isOpened():
        raise ImageError(Reason.IMAGE_UNREADABLE, "the video cannot be opened")
    width, height, announced = (
        video.get(key)
        for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FRAME_COUNT)
    )
    if width * height > MAX_PIXELS:
        detail = f"a frame is {width:.0f}x{height:.0f} pixels, more than {MAX_PIXELS}"
        raise ImageError(Reason.IMAGE_TOO_LARGE, detail)
    return max(0, int(announced))


def _check_content(path: Path) -> None:
    """Raise ImageError unless the file begins as a video does: FFmpeg would also open playlists,
    and what they name."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ImageError(Reason.IMAGE_UNREADABLE, "no regular file")
    with path.open("rb") as file:
        start = file.read(12)
    iso = start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
    avi = start[:4] == b"RIFF" and start[8:] == b"AVI "
    if not (iso or avi or start[:4] == _MATROSKA):
        what = "is empty" if not start else "is no video (MP4, MOV, AVI, MKV or WebM)"
        raise ImageError(Reason.IMAGE_UNREADABLE, f"the file {what}")
