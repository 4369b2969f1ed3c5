"""The annotation files of the six datasets: parser, index and conversion together."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from lxml import etree

from pipelines.datasets import find_datasets
from pipelines.lines import MAX_REGIONS, _cut, decode
from pipelines.source import Dataset, Entry
from pipelines.spool import _open
from pipelines.tree import RawTree
from tests.fuzz.running import Run, Target
from tests.fuzz.targets.converting import convert_all, expect, picture

_DEEP = 300
LINES = {
    "icdar11": (
        b'158, 128, 411, 181, "Footpath"\r\n15, 70, 47, 79, "H3C\xc2\xae,"\r\n'
        b'12, 67, 183, 103, "RATES\\""\r\n',
        b'144, 256, 144, 264, "\xa6"\r\n',
    ),
    "icdar13": (b'158 128 411 181 "Footpath"\n38, 43, 920, 215, "4,000"\n',),
    "icdar15": (
        b"\xef\xbb\xbf377,117,463,117,465,130,378,130,Genaxis Theatre\r\n"
        b"374,155,409,155,409,170,374,170,###\r\n478,239,511,241,511,255,478,253,$5,000\r\n",
        b"1,1,20,1,20,20,1,20,#05-11\n",
    ),
    "scut_foru": (b'47,52,210,60,"STREET"\n47, 52, 210, 60, STREET\n47 52 210 60 STREET\n',),
}
COCO = json.dumps({
    "cats": {}, "info": {"version": 2},
    "anns": {
        "192133": {"mask": [12.4, 8.8, 32.8, 9.6, 32.8, 29.6], "bbox": [25.6, 28.8, 7.2, 20.8],
                   "class": "machine printed", "image_id": 64, "id": 192133, "area": 138.88,
                   "language": "english", "legibility": "legible", "utf8_string": "ST"},
        "7": {"mask": [], "bbox": [1, 2, 30, 20], "image_id": 64, "id": 7, "legibility": 1},
        "9": {"bbox": [1, 2, 30, 20], "image_id": 65, "id": 9, "legibility": 0, "language": 0},
    },
    "imgs": {
        "64": {"id": 64, "set": "train", "width": 64, "height": 48, "file_name": "a.jpg"},
        "65": {"id": 65, "set": "val", "width": 64, "height": 48, "file_name": "b.jpg"},
    },
    "imgToAnns": {"64": [192133, 7], "65": [9, 10]},
}).encode()  # fmt: skip
SVT = b"""<?xml version="1.0" encoding="utf-8"?>
<tagset><image><imageName>img/a.jpg</imageName><address>341 Avenue</address>
<lex>LIVING,ROOM</lex><Resolution x="64" y="48"/><taggedRectangles>
<taggedRectangle height="15" width="26" x="3" y="2"><tag>LIVING</tag></taggedRectangle>
<taggedRectangle height="15" width="26" x="3" y="22"><tag>R&amp;M</tag></taggedRectangle>
</taggedRectangles></image><image><imageName>img/b.jpg</imageName></image></tagset>
"""
_BOMB = b"""<!DOCTYPE tagset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c SYSTEM "file:///etc/passwd"><!ENTITY % d SYSTEM "http://127.0.0.1:9/x.dtd">]>
<tagset><image><imageName>&b;a.jpg&c;</imageName></image></tagset>"""


def _lines_of(dataset: Dataset) -> Callable[[Path], Run]:
    entry = Entry("1", "1.png", "gt_1.txt")

    def run(content: bytes) -> None:
        seen = convert_all(dataset, "train", [entry], content)
        if b"\0" not in content and content.count(b"\n") + content.count(b"\r") <= 2 * MAX_REGIONS:
            lines = _cut(content.removeprefix(b"\xef\xbb\xbf"))
            expect("lines", sum(bool(decode(line).strip()) for line in lines), seen["regions"])

    return lambda folder: run


def _indexed(
    dataset: Dataset, file: str, count: Callable[[bytes], int | None]
) -> Callable[[Path], Run]:
    """A dataset of one file of annotations beside two pictures."""

    def opened(folder: Path) -> Run:
        home = folder / dataset.id
        (home / "img").mkdir(parents=True)
        for name in ("a.jpg", "b.jpg"):
            (home / "img" / name).write_bytes(picture())

        def run(content: bytes) -> None:
            (home / file).write_bytes(content)
            _open.cache_clear()  # its stamp is as coarse as the clock of files
            found = 0
            for split in dataset.splits:
                tree = RawTree(folder, dataset.id)
                if dataset.missing(tree, split) is None:
                    found += convert_all(dataset, split, dataset.index(tree, split))["regions"]
            wanted = count(content)
            if wanted is not None:
                expect("regions", wanted, found)

        return run

    return opened


def _annotations(content: bytes) -> int | None:
    """How many a JSON file lists, where that can be told."""
    if content.count(b"[") + content.count(b"{") > _DEEP:
        return None
    twice: list[str] = []

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        twice.extend([""] * (len(pairs) - len(found)))
        return found

    try:
        value = json.loads(content, object_pairs_hook=once)
        anns, images = value["anns"], value["imgs"].values()
        listed = any(isinstance(each, dict) and each.get("set") in ("train", "val", "test")
                     and isinstance(each.get("file_name"), str) for each in images)  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return len(anns) if isinstance(anns, dict) and not twice and listed else None


def _rectangles(content: bytes) -> int | None:
    """How many an XML file holds, where that can be told."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    tags = [node for node in root.iter() if isinstance(node.tag, str)]
    nested = any(node.getparent() is not None and "ectangle" in str(node.getparent().tag)
                 and "ectangles" not in str(node.getparent().tag) for node in tags)  # fmt: skip
    named = sum(etree.QName(node).localname.lower() == "taggedrectangle" for node in tags)
    boxes = sum(all(side in node.attrib for side in ("x", "y", "width", "height")) for node in tags)
    return named if named == boxes and not nested else None


def _targets() -> Sequence[Target]:
    known = find_datasets()
    lines = [
        Target(name, _lines_of(known[name]), lambda name=name: LINES[name])  # type: ignore[misc]
        for name in LINES
    ]
    coco = _indexed(known["coco_text"], "cocotext.v2.json", _annotations)
    svt = _indexed(known["svt"], "train.xml", _rectangles)
    tokens = (b"<image>", b"</image>", b"<imageName>", b"<!DOCTYPE a [", b"<!ENTITY b 'c'>", b"&b;",
              b"<![CDATA[", b"]]>", b"<?x?>", b"<!--", b"-->", b'xmlns="a"')  # fmt: skip
    return (
        *lines,
        Target("coco_text", coco, lambda: (COCO,), (b'"anns"', b'"imgs"', b'"image_id":', b'"64"')),
        Target("svt", svt, lambda: (SVT, _BOMB), tokens),
    )


TARGETS = tuple(_targets())
