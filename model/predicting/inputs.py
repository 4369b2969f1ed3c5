"""What a person names on the command line, as the files to look at."""

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from manifests.images import SUFFIXES
from manifests.vocabulary import Reason
from model.predicting.earlier import OVERLAYS, RRC, maker_of
from model.predicting.names import shown
from model.predicting.video import VIDEO_SUFFIXES


@dataclass(frozen=True)
class Skipped:
    """A picture, or what should be one, that nothing was looked for in."""

    image: str
    reason: str
    """One of ``manifests.vocabulary.Reason`` where it has one."""
    detail: str


@dataclass
class Inputs:
    """The files to look at, in order, and what was left out on the way."""

    files: list[Path] = field(default_factory=list)
    """They begin as they were given."""
    skipped: list[Skipped] = field(default_factory=list)
    """What was given and is not there, and folders that cannot be read."""
    others: int = 0
    """Files of folders that are hidden, or have other names than pictures and videos have."""
    closed: int = 0
    """Folders in folders, not entered: not asked for, hidden, or links."""
    earlier: int = 0
    """Folders with results of an earlier run, of which overlays/ and rrc/ were not entered."""
    repeated: int = 0
    """Files that were named more than once, each time but the first."""


def find_inputs(given: Iterable[str], recursive: bool = False) -> Inputs:
    """Files as they are; of folders the pictures and videos by their names, by rising name; of
    patterns such as ``scans/*.png`` all that match. A file of that very name goes before a pattern.

    Pictures that an earlier run drew are taken where they, or their folder, are named alone.
    """
    found = Inputs()
    seen: set[str] = set()
    for entry in given:
        for path in _matches(entry, found):
            for file in _of_folder(path, recursive, found) if _is_dir(path) else [path]:
                if _place(file) in seen:
                    found.repeated += 1
                    continue
                seen.add(_place(file))
                found.files.append(file)
    return found


def is_video(path: Path) -> bool:
    """Whether a file's name is that of a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def _matches(entry: str, found: Inputs) -> list[Path]:
    """The paths that one argument names; one that is not there is noted."""
    if os.path.lexists(entry):
        return [Path(entry)]
    paths = _matching(Path(entry)) if glob.has_magic(entry) else []
    if not paths:
        detail = "no file matches" if glob.has_magic(entry) else "no such file or folder"
        found.skipped.append(Skipped(shown(entry), Reason.IMAGE_MISSING, detail))
    return paths


def _matching(pattern: Path) -> list[Path]:
    """What a pattern matches, in order; hidden ones only where it names them, as in a shell."""
    named = {part for part in pattern.parts if part.startswith(".")}
    root = Path(pattern.anchor)
    try:
        paths = sorted(root.glob(str(pattern.relative_to(root))))
    except ValueError:  # such as a**b
        return []
    return [path for path in paths if not any(_is_hidden(part) for part in {*path.parts} - named)]


def _of_folder(folder: Path, recursive: bool, found: Inputs) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        detail = error.strerror or str(error)
        found.skipped.append(Skipped(shown(str(error.filename)), "folder_unreadable", detail))

    for name, folders, files in os.walk(folder, onerror=unreadable):
        place = Path(name)
        entered = [
            below
            for below in sorted(folders)
            if recursive and not _is_hidden(below) and not (place / below).is_symlink()
        ]
        found.closed += len(folders) - len(entered)
        folders[:] = _without_results(place, entered, found)
        for file in sorted(files):
            if Path(file).suffix.lower() in SUFFIXES | VIDEO_SUFFIXES and not _is_hidden(file):
                yield place / file
            else:
                found.others += 1


def _without_results(place: Path, folders: list[str], found: Inputs) -> list[str]:
    """The folders in ``place`` but for those that an earlier run made."""
    others = [name for name in folders if name not in (OVERLAYS, RRC)]
    if len(others) == len(folders) or maker_of(place) is None:
        return folders
    found.earlier += 1
    return others


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".."


def _place(path: Path) -> str:
    """One spelling of a path; links are not followed, so that two names of a file are two files."""
    return os.path.normpath(path.absolute())


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # it may not be looked at: the reader says why
        return False
