"""A source must stay as it is while it is read: what was listed is what was read.

A picture or an annotation in a folder is read once, and its row holds the digest of what was read.
An archive, or one file with the labels of many pictures, is read bit by bit over the whole run: of
one that was replaced meanwhile, a part of the rows would be of the old and a part of the new.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from manifests.errors import UserError
from manifests.raw import ARCHIVE_ERRORS, file_stamp, file_uri, split_uri
from manifests.storage.address import Root
from manifests.storage.mirror import bring_file
from manifests.storage.sending import send
from pipelines.tree import RawFile

_NOTES = "stamps.json"


def note_stamps(folder: Path, files: Iterable[RawFile]) -> None:
    """Keep what tells a change of each archive, and of each file that stands alone, as they were
    listed, in the scratch folder of a split."""
    stamps = {file_uri(file.uri): _of_whole(file) for file in files}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _NOTES).write_text(json.dumps(stamps), encoding="ascii")
    send(folder / _NOTES)


def require_steady(folder: Path, raw: Root, names: Iterable[str]) -> None:
    """Raise UserError where one of these files (URIs) is another now than when it was listed."""
    bring_file(folder / _NOTES)
    stamps = json.loads((folder / _NOTES).read_text(encoding="ascii"))
    for name in dict.fromkeys(names):
        path = raw / split_uri(name)[0]
        if name in stamps and stamps[name] != _now(path):
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
