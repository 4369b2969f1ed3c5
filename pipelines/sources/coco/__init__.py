"""One JSON file in the form of COCO, with text where there is text::

    {"images": [{"id": 64, "file_name": "img_1.jpg", "width": 1280, "height": 720}],
     "annotations": [{"id": 1, "image_id": 64, "category_id": 1, "bbox": [377, 117, 88, 13],
                      "segmentation": [[377, 117, 463, 117, 465, 130, 378, 130]],
                      "iscrowd": 0, "utf8_string": "Genaxis Theatre", "legibility": "legible"}],
     "categories": [{"id": 1, "name": "text"}]}

The form of COCO-Text and TextOCR (``imgs`` and ``anns``, objects by id) is read as well.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from manifests.errors import UserError
from manifests.vocabulary import Kind, Reason
from pipelines.indexed import Record, entries, read_elements
from pipelines.leftovers import repeated, stray
from pipelines.places import Places
from pipelines.source import Entry, Label, Problem
from pipelines.sources.coco.annotation import read_annotation
from pipelines.sources.coco.members import ALL, take
from pipelines.sources.names import Finder, identifier, is_picture
from pipelines.spool import Spool, open_spool
from pipelines.temporary import temporary_database, to_bytes, to_text
from pipelines.tree import RawFile, RawTree, SomeFiles


def index(pictures: RawTree, annotations: RawTree) -> Iterator[Entry | Problem]:
    """See ``pipelines.source.Dataset``. Raises UserError where the file is not whole: its regions
    would be missing, and nobody could tell from which pictures."""
    file = _file(annotations)
    spool = open_spool(annotations.root, file.uri, take, lists=True)
    if spool.damage:
        raise UserError(f"{file.uri} cannot be read: {spool.damage}")
    if not spool.count(ALL):
        raise UserError(f"{file.uri} lists no image: is it a file of COCO, with `images`?")
    listed = SomeFiles(pictures.files, is_picture)
    finder = Finder(listed, lambda path: path.name)
    used = Places()

    def find(record: Record) -> RawFile | None:
        picture = _find(finder, record.name)
        if picture is not None:
            used.add(to_bytes(picture.uri))
        return picture

    yield from entries(_records(spool, finder), find)
    yield from spool.problems()
    copied = pictures.files.repeated()
    yield from repeated(picture for picture in copied if to_bytes(picture.uri) in used)
    others = (picture for picture in listed if to_bytes(picture.uri) not in used)
    yield from stray(others, f"are pictures that {file.uri} does not list")


def labels(entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
    """See ``pipelines.source.Dataset``."""
    seen: set[str] = set()
    for item in read_elements(entry, lambda element: read_annotation(element, entry.size)):
        if isinstance(item, Label):
            if item.number in seen:
                item = _second(entry, item)
            else:
                seen.add(item.number)
        yield item


def _file(annotations: RawTree) -> RawFile:
    """The one JSON file of the path that was given. Raises UserError where there is not one."""
    files = [file for file in annotations.files if file.suffix == ".json"]
    if len(files) != 1:
        raise UserError(
            f"{annotations.folder} holds {len(files)} .json files; give the file with the "
            "annotations of this split"
        )
    return files[0]


def _records(spool: Spool, finder: Finder) -> Iterable[Record]:
    """The images by what names them: their picture's path or, where it is missing, their name."""
    named = temporary_database("CREATE TABLE named (stem BLOB, key TEXT)")
    for key, name in spool.keys(ALL):
        picture = _find(finder, name)
        path = picture.path if picture else PurePosixPath(name.replace("\\", "/"))
        named.execute("INSERT INTO named VALUES (?, ?)", (to_bytes(identifier(path)), key))
    for stem, key in named.execute("SELECT stem, key FROM named ORDER BY stem, rowid"):
        yield spool.record(key, to_text(stem))


def _find(finder: Finder, name: str) -> RawFile | None:
    path = PurePosixPath(name.replace("\\", "/"))
    return finder.find(path.parent, [path.name])


def _second(entry: Entry, label: Label) -> Problem:
    detail = f"a second annotation with the number {label.number}; the first was kept"
    return Problem(
        Kind.REGION,
        Reason.ANNOTATION_DUPLICATE_NAME,
        detail,
        entry.annotation_uri or entry.stem,
        entry.stem,
        label.line,
        label.raw,
    )
