"""Where an evaluation is written: alone, into a hidden folder first, and over its own files only.

The new files are made in ``.new-<random>`` inside the folder. Only when all of them stand there do
the old ones go, ``evaluation.json`` first, and the new ones take their places, it last. What the
hidden folder holds then says which files are the evaluation's own, so that a run that is killed in
between leaves nothing that the next takes for someone else's.
"""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.publish import write_json
from model.explain.tables import FILES
from model.files import lock, read_object, settle, writing

EVALUATION = "evaluation.json"
PREDICTIONS = "predictions.jsonl"
SUBMISSIONS = "submissions"
REPORT = "report"
_LOCK = ".lock"
_NEW = ".new-"
_OWN = "own.json"
"""In a hidden folder: which files are of an evaluation, from before the first of them is moved."""
_TOP = {*FILES.values(), PREDICTIONS}
_ARCHIVE = re.compile(rf"{SUBMISSIONS}/[^/]+/submit_[^/]+\.zip")
_DIGEST = re.compile("[0-9a-f]{64}")
_ADVICE = "make room, or give another --out"


def is_own(name: Any) -> bool:
    """Whether an evaluation may write a file of this name, relative to its folder."""
    if not isinstance(name, str):
        return False
    return name in _TOP or bool(_ARCHIVE.fullmatch(name) and ".." not in name.split("/"))


def files_of(info: Mapping[str, Any]) -> dict[str, str]:
    """The files that ``evaluation.json`` names, with their digests. Raises ValueError where it is
    not of this program's making."""
    version, files = info.get("version"), info.get("files")
    if type(version) is not int or not isinstance(files, dict):
        raise ValueError("it has no version, or names no files")
    for name, digest in files.items():
        if not is_own(name) or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise ValueError(f"it names {name!r:.200} as a file, which no evaluation writes so")
    missing = sorted({*FILES.values()} - {*files})
    if missing:
        raise ValueError(f"it does not name {missing[0]}")
    return files


def is_report(path: Path) -> bool:
    """Whether the report of an evaluation stands there."""
    return not path.is_symlink() and (path / "assets" / "report.css").is_file()


def check_folder(folder: Path) -> None:
    """Raise UserError where an evaluation cannot be written to a folder, or would replace files of
    something else: before the network works for hours. Makes no folder."""
    with writing(folder, "give another --out"):
        refuse_foreign(folder)
        place = folder
        while not os.path.lexists(place):
            place = place.parent
        probe = place / f".{EVALUATION}.{os.getpid()}"
        probe.touch()
        probe.unlink()


def refuse_foreign(folder: Path) -> None:
    """Raise UserError where a file of an evaluation's name is not one that an evaluation wrote."""
    own, archives = _own(folder), folder / SUBMISSIONS
    taken = (*(folder / name for name in sorted(_TOP)), *archives.glob("*/submit_*.zip"))
    foreign = [
        str(path.relative_to(folder))
        for path in taken
        if os.path.lexists(path) and (str(path.relative_to(folder)) not in own or path.is_dir())
    ]
    if os.path.lexists(folder / EVALUATION) and _named(folder / EVALUATION) is None:
        foreign.insert(0, EVALUATION)
    if archives.is_symlink() or (archives.exists() and not archives.is_dir()):
        foreign.insert(0, SUBMISSIONS)
    if foreign:
        raise UserError(
            f"{folder} holds {foreign[0]}, which no `evaluate` wrote there and which would be "
            "lost; give another --out, or move it away"
        )


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other runs from writing to an evaluation's folder, which is made where there is none.
    Raises UserError where one does."""
    with writing(folder, "give another --out"):
        folder.mkdir(parents=True, exist_ok=True)
        held = lock(folder / _LOCK)
    if held is None:
        raise UserError(
            f"another run is writing to {folder}; wait for it to end, or give another --out"
        )
    with held:
        for left in _lefts(folder):  # of killed runs: the lock is ours
            if not (left / _OWN).is_file():
                shutil.rmtree(left, ignore_errors=True)
        yield


@contextlib.contextmanager
def replacing_files(folder: Path) -> Iterator[Path]:
    """A hidden folder to make an evaluation in, ``evaluation.json`` with it: what stands in it when
    the block ends well takes the place of an older evaluation and of its report. Until then that
    stays as it is. Raises UserError."""
    scratch = folder / f"{_NEW}{uuid.uuid4().hex[:12]}"
    with writing(folder, _ADVICE):
        scratch.mkdir(parents=True)
        try:
            yield scratch
            refuse_foreign(folder)
            new = [str(p.relative_to(scratch)) for p in scratch.rglob("*") if p.is_file()]
            own = _own(folder) | {*new} - {EVALUATION}
            write_json(scratch / _OWN, {"own": sorted(own)})
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        _put(scratch, folder, new)


def _put(scratch: Path, folder: Path, new: Iterable[str]) -> None:
    """Every step may be the last: what is own is known from ``own.json`` until the end."""
    (folder / EVALUATION).unlink(missing_ok=True)
    if is_report(folder / REPORT):
        (folder / REPORT).replace(scratch / "old-report")
    for name in _own(folder) - {*new}:
        (folder / name).unlink(missing_ok=True)
        if name not in _TOP:
            with contextlib.suppress(OSError):  # a folder that holds something stays
                (folder / name).parent.rmdir()
    for name in sorted({*new} - {EVALUATION}):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        settle(scratch / name, folder / name)
    settle(scratch / EVALUATION, folder / EVALUATION)
    for left in _lefts(folder):
        shutil.rmtree(left, ignore_errors=True)


def _own(folder: Path) -> set[str]:
    """Names of the files that an earlier evaluation wrote, or was writing when it was killed."""
    named = [_named(folder / EVALUATION), *(_listed(left / _OWN) for left in _lefts(folder))]
    return {name for names in named for name in names or ()}


def _named(path: Path) -> set[str] | None:
    try:
        return set(files_of(read_object(path)))
    except (OSError, ValueError):
        return None


def _listed(path: Path) -> set[str]:
    try:
        return set(filter(is_own, read_object(path)["own"]))
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _lefts(folder: Path) -> list[Path]:
    return [path for path in folder.glob(f"{_NEW}*") if path.is_dir() and not path.is_symlink()]
