"""A small raw root, and edits of it as a person makes them: of files, and inside an archive."""

import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.pipelines.conftest import picture

WORDS = 6
JPG = {name: picture(name) for name in range(12)}


def make_raw(raw: Path) -> None:
    """ICDAR 2013 in folders, ICDAR 2015 in archives, COCO-Text and SVT with one file for all."""
    rng = random.Random(1)
    for name in range(WORDS):
        _write(raw / PICTURES / f"{name}.jpg", JPG[name])
        _write(raw / TRUTH / f"gt_{name}.txt", lines(rng))
    edit_zip(raw / ZIP, {f"gt_img_{n}.txt": quads(rng) for n in range(WORDS)})
    edit_zip(raw / PICTURE_ZIP, {f"img_{n}.jpg": JPG[n] for n in range(WORDS)})
    for name in range(WORDS):
        _write(raw / "coco_text" / "train2014" / f"COCO_{name}.jpg", JPG[name])
        _write(raw / "svt" / "img" / f"{name}.jpg", JPG[name])
    write_coco(raw, rng)
    write_svt(raw, rng)


PICTURES = "icdar13/Challenge2_Training_Task12_Images"
TRUTH = "icdar13/Challenge2_Training_Task1_GT"
ZIP = "icdar15/ch4_training_localization_transcription_gt.zip"
PICTURE_ZIP = "icdar15/ch4_training_images.zip"


def lines(rng: random.Random) -> bytes:
    """Lines of ICDAR 2013, some of them broken or outside the picture."""
    boxes = [f'{rng.randint(0, 40)} 2 {rng.randint(41, 60)} 20 "w{n}"' for n in range(3)]
    odd = rng.choice(("", "not a line", '500 500 510 510 "far"'))
    return "\n".join([*boxes, odd]).encode()


def quads(rng: random.Random) -> bytes:
    """Lines of ICDAR 2015."""
    left = rng.randint(0, 30)
    text = rng.choice(("word", "###", "caf\u00e9"))
    return f"{left},2,{left + 9},2,{left + 9},20,{left},20,{text}\r\n".encode()


def write_coco(raw: Path, rng: random.Random) -> None:
    """The one JSON file; a few of its images have other boxes each time."""
    names = range(WORDS + 1)  # one has no picture
    images = {
        str(n): {"id": n, "set": "val" if n == 1 else "train", "file_name": f"COCO_{n}.jpg"}
        for n in names
    }
    anns = {
        str(n): {
            "id": n, "image_id": n, "bbox": [1.5, 2, 20 + rng.randint(0, 1), 10],
            "legibility": "legible", "language": "english", "class": "machine printed",
            "utf8_string": "a",
        }
        for n in names
    }  # fmt: skip
    value = {"imgs": images, "anns": anns, "imgToAnns": {str(n): [n] for n in names}}
    _write(raw / "coco_text" / "cocotext.v2.json", json.dumps(value).encode())


def write_svt(raw: Path, rng: random.Random) -> None:
    """The XML file of the training images."""
    images = "".join(
        f"<image><imageName>img/{n}.jpg</imageName><taggedRectangles><taggedRectangle "
        f'height="9" width="{20 + rng.randint(0, 1)}" x="1" y="2"><tag>A</tag></taggedRectangle>'
        "</taggedRectangles></image>"
        for n in range(WORDS)
    )
    _write(raw / "svt" / "train.xml", f"<tagset>{images}</tagset>".encode())


def edit_zip(path: Path, members: dict[str, bytes | None]) -> None:
    """Write an archive anew with some members changed, added or (None) removed."""
    now: dict[str, bytes] = {}
    if path.is_file():
        with zipfile.ZipFile(path) as old:
            now = {name: old.read(name) for name in old.namelist()}
    now |= {name: data for name, data in members.items() if data is not None}
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as new:
        for name, data in sorted(now.items()):
            if name not in members or members[name] is not None:
                new.writestr(name, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


Edit = Callable[[Path, random.Random], None]


def _change_truth(raw: Path, rng: random.Random) -> None:
    _write(raw / TRUTH / f"gt_{rng.randrange(WORDS)}.txt", lines(rng))


def _change_picture(raw: Path, rng: random.Random) -> None:
    data = rng.choice((*JPG.values(), b"no picture", JPG[1][:200]))
    _write(raw / PICTURES / f"{rng.randrange(WORDS + 2)}.jpg", data)


def _remove(raw: Path, rng: random.Random) -> None:
    files = sorted((raw / rng.choice((PICTURES, TRUTH))).iterdir())
    if len(files) > 1:
        rng.choice(files).unlink()


def _rename(raw: Path, rng: random.Random) -> None:
    file = rng.choice(sorted((raw / PICTURES).iterdir()))
    file.rename(file.with_name(rng.choice(("a", "0", "5", "b#!")) + rng.choice((".jpg", ".png"))))


def _swap(raw: Path, rng: random.Random) -> None:
    """Two files change places: each stamp is one that was seen, of another name."""
    first, second = rng.sample([raw / TRUTH / f"gt_{n}.txt" for n in range(WORDS)], 2)
    if first.is_file() and second.is_file():
        spare = first.with_name("spare")
        first.rename(spare)
        second.rename(first)
        spare.rename(second)


def _touch(raw: Path, rng: random.Random) -> None:
    rng.choice(sorted(path for path in raw.rglob("*") if path.is_file())).touch()


def _stray(raw: Path, rng: random.Random) -> None:
    _write(raw / TRUTH / rng.choice(("readme.md", "gt_x.txt")), b'1 2 30 20 "x"')


def _change_member(raw: Path, rng: random.Random) -> None:
    name = f"gt_img_{rng.randrange(WORDS + 1)}.txt"
    edit_zip(raw / ZIP, {name: rng.choice((quads(rng), None))})


def _change_picture_member(raw: Path, rng: random.Random) -> None:
    name = f"img_{rng.randrange(WORDS + 1)}.jpg"
    edit_zip(raw / PICTURE_ZIP, {name: rng.choice((*JPG.values(), None, b"no"))})


def _change_shared_picture(raw: Path, rng: random.Random) -> None:
    folder = raw / rng.choice(("coco_text/train2014", "svt/img"))
    names = sorted(folder.iterdir())
    rng.choice(names).write_bytes(rng.choice((*JPG.values(), b"no")))


EDITS: dict[str, Edit] = {
    "change a text file": _change_truth,
    "change a picture": _change_picture,
    "remove a file": _remove,
    "rename a picture": _rename,
    "swap two files": _swap,
    "touch a file": _touch,
    "a stray file": _stray,
    "change a member": _change_member,
    "change a picture in an archive": _change_picture_member,
    "change a picture of COCO-Text or SVT": _change_shared_picture,
    "change the JSON file": write_coco,
    "change the XML file": write_svt,
}
