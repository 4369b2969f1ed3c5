"""A stand-in of ModelArts' MoXing: the few calls of ``moxing.file`` that are used, over a folder.

``FAKE_OBS`` names the folder that holds the buckets. ``FAKE_OBS_FAULTS``, where it is set, is a
file with the number of calls that are still to fail.
"""

import os
import shutil
from pathlib import Path


class _File:
    def exists(self, url: str) -> bool:
        return _path(url).exists()

    def is_directory(self, url: str) -> bool:
        return _path(url).is_dir()

    def copy(self, src_url: str, dst_url: str) -> None:
        _fault()
        target = _path(dst_url)
        if dst_url.startswith("obs://"):  # a store of objects has no folders that could be missing
            target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_path(src_url), target)
        _note("copy", dst_url)

    def copy_parallel(self, src_url: str, dst_url: str) -> None:
        _fault()
        if not _path(src_url).is_dir():
            raise NotADirectoryError(src_url)
        shutil.copytree(_path(src_url), _path(dst_url), dirs_exist_ok=True)
        _note("copy_parallel", dst_url)

    def remove(self, url: str, recursive: bool = False) -> None:
        _fault()
        if recursive:
            raise AssertionError("nothing here takes whole folders away")
        _path(url).unlink()
        _note("remove", url)


file = _File()


def _path(url: str) -> Path:
    if not url.startswith("obs://"):
        return Path(url)
    return Path(os.environ["FAKE_OBS"]) / url.removeprefix("obs://")


def _note(call: str, url: str) -> None:
    with (Path(os.environ["FAKE_OBS"]) / "calls.txt").open("a") as log:
        log.write(f"{call} {url}\n")


def _fault() -> None:
    left = Path(os.environ.get("FAKE_OBS_FAULTS", "/nonexistent"))
    if left.is_file() and int(left.read_text()) > 0:
        left.write_text(str(int(left.read_text()) - 1))
        raise OSError("the bucket is not there today")
