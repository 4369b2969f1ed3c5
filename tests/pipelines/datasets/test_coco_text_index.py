"""COCO-Text's file: its images with their annotations, and references that lead nowhere."""

import json
import time
import tracemalloc
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

from manifests.vocabulary import IgnoreReason, Kind, Reason
from pipelines.counts import published_counts
from pipelines.datasets.coco_text import DATASET
from pipelines.datasets.coco_text.members import take
from pipelines.facts import Annotation, count_facts, find_facts
from pipelines.source import Entry, Label, Problem
from pipelines.spool import open_spool
from pipelines.tree import RawTree
from tests.pipelines.datasets.coco_annotation import ANNOTATION, raw
from tests.pipelines.datasets.readers import as_entry


def put(root: Path, text: str, *pictures: str) -> RawTree:
    for name in pictures:
        path = root / "coco_text" / "train2014" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    folder = root / "coco_text"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "cocotext.v2.zip", "w") as archive:
        archive.writestr("cocotext.v2.json", text)
    return RawTree(root, "coco_text")


def image(number: int, **changes: Any) -> dict[str, Any]:
    name = f"COCO_train2014_{number:012d}.jpg"
    return {"id": number, "set": "train", "file_name": name, **changes}


def content(imgs: dict[str, Any], anns: dict[str, Any], links: dict[str, Any] | None = None) -> str:
    return json.dumps({"cats": {}, "anns": anns, "imgs": imgs, "imgToAnns": links or {}})


def test_images_come_by_stem_with_their_annotations(tmp_path: Path) -> None:
    imgs = {"64": image(64), "9": image(9), "7": image(7, set="val")}
    anns = {"2": ANNOTATION, "1": ANNOTATION}
    tree = put(tmp_path, content(imgs, anns), "COCO_train2014_000000000064.jpg")
    nine, sixty_four = DATASET.index(tree, "train")
    assert isinstance(nine, Entry) and isinstance(sixty_four, Entry)
    assert (nine.stem, nine.image_uri, nine.elements) == ("COCO_train2014_000000000009", None, ())
    assert sixty_four.image_uri == "coco_text/train2014/COCO_train2014_000000000064.jpg"
    assert sixty_four.annotation_uri == "coco_text/cocotext.v2.zip!cocotext.v2.json#/imgs/64"
    assert [element.number for element in sixty_four.elements or ()] == ["2", "1"]
    assert [as_entry(item).stem for item in DATASET.index(tree, "val")] == [
        "COCO_train2014_000000000007"
    ]
    assert "lists no image of the set 'test'" in str(DATASET.missing(tree, "test"))


def test_annotations_of_a_mistyped_section_are_refused_one_by_one(tmp_path: Path) -> None:
    imgs, anns = {"1": image(1)}, {"2": {**ANNOTATION, "image_id": 1}, "3": {"image_id": 1}}
    text = json.dumps({"imgs": imgs, "Anns": anns, "notes": list(anns.values()), "info": {"a": 1}})
    items = list(DATASET.index(put(tmp_path, text), "train"))
    refused = [item for item in items if isinstance(item, Problem)]
    assert [(item.kind, item.reason) for item in refused] == [(Kind.REGION, Reason.BAD_LINE)] * 4
    assert refused[0].detail == "it stands in 'Anns'; annotations are read from anns"


def test_nothing_vanishes(tmp_path: Path) -> None:
    imgs = {
        "1": image(1),
        "2": image(1),  # a second image with the same picture
        "3": image(3, set="sometimes"),
        "4": {"id": 4, "set": "train"},
        "5": image(5, file_name="no good.jpg"),
    }
    anns = {
        "10": {**ANNOTATION, "image_id": 2},
        "11": {**ANNOTATION, "image_id": 3},
        "12": {**ANNOTATION, "image_id": 4},
        "13": {**ANNOTATION, "image_id": 5},
        "14": {**ANNOTATION, "image_id": 99},
        "15": {"mask": []},
        "16": None,
    }
    tree = put(tmp_path, content(imgs, anns, {"1": [77]}), "other.jpg")
    items = list(DATASET.index(tree, "train"))
    assert sum(isinstance(item, Entry) for item in items) == 1
    problems = sorted((item.kind, item.reason) for item in items if isinstance(item, Problem))
    assert problems == sorted(
        [
            (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME),
            (Kind.IMAGE, Reason.BAD_NAME),
            (Kind.IMAGE, Reason.BAD_LINE),
            (Kind.IMAGE, Reason.BAD_LINE),
            *[(Kind.REGION, Reason.IMAGE_REFUSED)] * 4,
            (Kind.REGION, Reason.ANNOTATION_DANGLING),
            (Kind.REGION, Reason.BAD_LINE),
            (Kind.REGION, Reason.BAD_LINE),
            (Kind.FILE, Reason.ANNOTATION_DANGLING),
            (Kind.FILE, Reason.STRAY_FILE),
        ]
    )


def test_links_that_lead_nowhere_or_are_no_list_are_told(tmp_path: Path) -> None:
    links = {"64": [1], "99": [], "98": [1], "5": None, "6": {"a": 1}}
    text = content({"64": image(64)}, {"1": ANNOTATION}, links)
    items = list(DATASET.index(put(tmp_path, text), "train"))
    problems = [item for item in items if isinstance(item, Problem)]
    assert [(item.kind, item.reason, item.raw) for item in problems] == [
        (Kind.FILE, Reason.BAD_LINE, "null"),
        (Kind.FILE, Reason.BAD_LINE, '{"a": 1}'),
        (Kind.FILE, Reason.ANNOTATION_DANGLING, "99"),
        (Kind.FILE, Reason.ANNOTATION_DANGLING, "98"),
    ]


def test_an_image_without_a_name_is_told_as_it_stood(tmp_path: Path) -> None:
    text = content({"64": image(64), "4": {"id": 4, "set": "train"}}, {})
    items = list(DATASET.index(put(tmp_path, text), "train"))
    (problem,) = (item for item in items if isinstance(item, Problem))
    assert problem.raw == '{"id": 4, "set": "train"}'


def test_an_encrypted_archive_is_a_problem(tmp_path: Path) -> None:
    tree = put(tmp_path, content({"64": image(64)}, {}))
    path = tmp_path / "coco_text" / "cocotext.v2.zip"
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "encrypted" in str(DATASET.missing(tree, "train"))


def test_a_folder_of_any_name_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "coco_text" / "my #1"
    folder.mkdir(parents=True)
    (folder / "cocotext.v2.json").write_text(content({"64": image(64)}, {}), encoding="utf-8")
    (entry,) = DATASET.index(RawTree(tmp_path, "coco_text"), "train")
    assert as_entry(entry).annotation_uri == "coco_text/my %231/cocotext.v2.json#/imgs/64"


def test_numbers_given_twice_are_told(tmp_path: Path) -> None:
    one, annotation = json.dumps(image(64)), raw()
    anns, imgs = f'{{"1": {annotation}, "1": {annotation}}}', f'{{"64": {one}, "64": {one}}}'
    text = f'{{"anns": {anns}, "imgs": {imgs}}}'
    items = list(DATASET.index(put(tmp_path, text), "train"))
    assert [(item.kind, item.reason) for item in items if isinstance(item, Problem)] == [
        (Kind.REGION, Reason.ANNOTATION_DUPLICATE_NAME),
        (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME),
    ]


def test_a_truncated_file_keeps_what_was_read_and_says_so(tmp_path: Path) -> None:
    text = json.dumps({"imgs": {"64": image(64)}, "anns": {"1": ANNOTATION, "2": ANNOTATION}})
    items = list(DATASET.index(put(tmp_path, text[:-30]), "train"))
    assert [len(item.elements or ()) for item in items if isinstance(item, Entry)] == [1]
    (problem,) = (item for item in items if isinstance(item, Problem))
    assert (problem.kind, problem.reason) == (Kind.FILE, Reason.ANNOTATION_UNREADABLE)
    assert problem.line == 1


def test_a_damaged_archive_is_a_problem(tmp_path: Path) -> None:
    tree = put(tmp_path, content({"64": image(64)}, {}))
    path = tmp_path / "coco_text" / "cocotext.v2.zip"
    path.write_bytes(path.read_bytes().replace(b"train2014", b"train2015", 1))
    items = list(DATASET.index(tree, "train"))
    problems = [item for item in items if isinstance(item, Problem)]
    assert [(item.kind, item.reason) for item in problems] == [
        (Kind.FILE, Reason.ANNOTATION_UNREADABLE)
    ]
    assert "CRC" in problems[0].detail and "CRC" in str(DATASET.missing(tree, "train"))


def test_real_file(shared: Path) -> None:
    """All images and regions come out, in seconds and in little memory."""
    tree = RawTree(shared / "raw", "coco_text")
    start = time.monotonic()
    counts = {"images": 0, "regions": 0, "illegible": 0, "silent": 0, "negative": 0}
    last = ""
    facts, wanted = Counter[str](), find_facts("coco_text")
    for entry in DATASET.index(tree, "train"):
        assert isinstance(entry, Entry) and last < entry.stem
        assert entry.image_uri is None
        last = entry.stem
        counts["images"] += 1
        annotation = Annotation(entry, tuple(DATASET.labels(entry, None)))
        facts.update(count_facts(wanted, annotation))
        for label in annotation.found:
            assert isinstance(label, Label)
            counts["regions"] += 1
            counts["illegible"] += label.ignore is IgnoreReason.ILLEGIBLE
            counts["silent"] += label.ignore is None and label.text is None
            counts["negative"] += min(label.polygon) < 0
    assert counts == {
        "images": 53_686,
        "regions": 201_126,
        "illegible": 120_282,
        "silent": 6_892,
        "negative": 2_899,
    }
    published = published_counts("coco_text", "train", counts["images"])
    assert published is not None and published["regions"] == counts["regions"]
    assert published["facts"] == {name: facts[name] for name in published["facts"]}
    assert time.monotonic() - start < 60


def test_memory_stays_flat(tmp_path: Path) -> None:
    anns = {str(i): {**ANNOTATION, "image_id": i % 500} for i in range(20_000)}
    tree = put(tmp_path, content({str(i): image(i) for i in range(500)}, anns))
    tracemalloc.start()
    open_spool(tree.root, next(iter(tree.files)).uri, take)
    entries = sum(1 for _ in DATASET.index(tree, "train"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert entries == 500
    with zipfile.ZipFile(tmp_path / "coco_text" / "cocotext.v2.zip") as archive:
        size = sum(info.file_size for info in archive.infolist())
    assert size > 5_000_000 and peak < size


def test_the_same_file_twice_is_told_and_read_once(tmp_path: Path) -> None:
    tree = put(tmp_path, content({"1": image(1)}, {}), "COCO_train2014_000000000001.jpg")
    (tmp_path / "coco_text" / "z").mkdir()
    (tmp_path / "coco_text" / "z" / "cocotext.v2.json").write_text("{}")
    items = list(DATASET.index(tree, "train"))
    assert len([item for item in items if isinstance(item, Entry)]) == 1
    told = [item for item in items if isinstance(item, Problem)]
    assert [(problem.kind, problem.reason) for problem in told] == [
        (Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME)
    ]
