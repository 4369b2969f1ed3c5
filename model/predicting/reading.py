"""Pictures read ahead of the network by a few threads, in order, never many at once."""

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from manifests.images import ImageError
from manifests.raw import error_text
from manifests.vocabulary import Reason
from model.detector.pixels import Pixels, read_file
from model.predicting.inputs import Skipped, is_video
from model.predicting.names import shown
from model.predicting.video import frames


@dataclass(frozen=True)
class Read:
    """A picture that was read."""

    path: Path
    frame: int | None
    """Of a video, from 0."""
    pixels: Pixels
    """(H, W, 3) uint8 RGB, as a person sees it."""

    @property
    def image(self) -> str:
        """Its name for people: the path, of a frame with its number, ``clip.mp4#000012``."""
        return shown(str(self.path)) + ("" if self.frame is None else f"#{self.frame:06d}")


def read_all(
    files: Iterable[Path], workers: int, every: int = 1
) -> Generator[Read | Skipped, None, None]:
    """Every picture and every ``every``th frame of the files, in order, or why there is none.

    ``workers`` threads decode; beside what they have in hand no picture is held.
    """
    waiting: deque[Future[Read | Skipped]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="reader")
    try:
        for path in files:
            if is_video(path):
                while waiting:
                    yield waiting.popleft().result()
                yield from _read_video(path, every)
                continue
            if len(waiting) >= workers:
                yield waiting.popleft().result()
            waiting.append(pool.submit(_read_picture, path))
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read_picture(path: Path) -> Read | Skipped:
    try:
        return Read(path, None, read_file(path))
    except (OSError, ImageError) as error:
        return _skipped(path, error)


def _read_video(path: Path, every: int) -> Iterator[Read | Skipped]:
    try:
        for number, pixels in frames(path, every):
            yield Read(path, number, pixels)
    except (OSError, ImageError) as error:
        yield _skipped(path, error)


def _skipped(path: Path, error: OSError | ImageError) -> Skipped:
    if isinstance(error, ImageError):
        return Skipped(shown(str(path)), error.reason, shown(error.detail))
    if not isinstance(error, FileNotFoundError):
        return Skipped(shown(str(path)), Reason.IMAGE_UNREADABLE, shown(error_text(error)))
    detail = "the link leads nowhere" if path.is_symlink() else "no such file"
    return Skipped(shown(str(path)), Reason.IMAGE_MISSING, detail)
