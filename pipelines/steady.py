"""A source must stay as it is while it is read: what was listed is what was read.

A picture or an annotation in a folder is read once, and its row holds the digest of what was read.
An archive, or one file with the labels of many pictures, is read bit by bit over the whole run: of
one that was replaced meanwhile, a part of the rows would be of the old and a part of the new.
"""

import itertools
import json
from collections.abc import Iterable
from pathlib import Path

from manifests.errors import UserError
from manifests.raw import ARCHIVE_ERRORS, file_stamp, file_uri, split_uri
from manifests.storage.address import Root
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send
from pipelines.tree import RawFile

_NOTES = "stamps.jsonl"


def note_stamps(folder: Path, files: Iterable[RawFile]) -> None:
    """Keep what tells a change of each archive, and of each file that stands alone, as they were
    listed, in the scratch folder of a split."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _NOTES).open("w", encoding="ascii") as notes:
        for name, of_name in itertools.groupby(files, lambda file: file_uri(file.uri)):
            notes.write(json.dumps([name, _of_whole(next(of_name))]) + "\n")
    send(folder / _NOTES)


def require_steady(folder: Path, raw: Root, names: Iterable[str]) -> None:
    """Raise UserError where one of these files (URIs) is another now than when it was listed."""
    bring_file(folder / _NOTES)
    wanted = dict.fromkeys(names)
    with (folder / _NOTES).open(encoding="ascii") as notes:
        stamps = {name: stamp for name, stamp in map(json.loads, notes) if name in wanted}
    for name in filter(stamps.__contains__, wanted):
        path = raw / split_uri(name)[0]
        if stamps[name] != _now(path):
            raise UserError(
                f"{path} was changed while it was read, so nothing was published; run it again "
                "when the file stays as it is"
            )


def _of_whole(file: RawFile) -> str:
    """Of a member of an archive, that of the archive."""
    inside = split_uri(file.uri)[1] is not None
    return file.stamp.rpartition(" ")[0] if inside else file.stamp


def _now(path: Root) -> str:
    try:
        return file_stamp(path)
    except ARCHIVE_ERRORS:
        return ""
