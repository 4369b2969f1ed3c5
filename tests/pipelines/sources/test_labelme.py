"""Files of labelme: shapes to regions, flags to don't-care, hostile files to quarantine."""

import json
from pathlib import Path
from typing import Any

import pytest

from manifests.vocabulary import Kind, Reason
from pipelines.sources import labelme
from tests.pipelines.sources.reading import Read, put, read

BOX = [[30, 12], [1.5, 2]]
QUAD = [[1, 2], [30, 2], [30, 12], [1, 12]]


def shape(label: Any = "word", kind: Any = "rectangle", points: Any = None, **more: Any) -> Any:
    points = BOX if points is None else points
    return {"label": label, "shape_type": kind, "points": points, "flags": {}, **more}


def document(*shapes: Any, **changes: Any) -> str:
    size = {"imageWidth": 100, "imageHeight": 50}
    value = {"version": "5", "shapes": shapes, "imagePath": "a.png", "imageData": None, **size}
    return json.dumps({**value, **changes}, indent=1, ensure_ascii=False)


def one(tmp_path: Path, text: str | bytes) -> Read:
    """One picture with this file beside it."""
    folder = put(tmp_path / "photos", "a.png")
    put(folder, "a.json", content=text if isinstance(text, bytes) else text.encode())
    return read("labelme", folder, folder)


def test_rectangles_and_polygons_are_regions(tmp_path: Path) -> None:
    found = one(
        tmp_path, document(shape("店 1"), shape("b", "polygon", QUAD), shape("", None, QUAD))
    )
    assert found.texts == {"a": ["店 1", "b", None]}
    first, second, _ = found.regions["a"]
    assert first.polygon == (1.5, 2, 30, 2, 30, 12, 1.5, 12)
    assert second.polygon == (1, 2, 30, 2, 30, 12, 1, 12)
    assert (first.region_id, first.source_line) == ("mine/train/a#1", 4)
    assert json.loads(first.raw)["label"] == "店 1"
    assert found.images[0].exhaustive and found.refusals == []


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        ({"ignore": True}, "marked"),
        ({"difficult": 1}, "marked"),
        ({"illegible": True, "ignore": False}, "illegible"),
        ({"upside_down": True}, None),
        ({"ILLEGIBLE": True, "Ignore ": True}, "marked"),
        ({"Ignore": False, "ignore": True}, "marked"),
        ({"Difficult": False}, None),
    ],
)
def test_flags_are_dont_care(tmp_path: Path, flags: dict[str, Any], reason: str | None) -> None:
    (region,) = one(tmp_path, document(shape(flags=flags))).regions["a"]
    assert (region.text, region.ignore_reason) == ("word", reason)


def test_the_mark_is_dont_care_without_a_text(tmp_path: Path) -> None:
    (region,) = one(tmp_path, document(shape("###"))).regions["a"]
    assert (region.text, region.ignore_reason) == (None, "marked")


@pytest.mark.parametrize(
    ("broken", "reason", "words"),
    [
        (shape(kind="circle"), Reason.BAD_LINE, "'circle' is no outline"),
        (shape(kind="line"), Reason.BAD_LINE, "draw a polygon"),
        (shape(kind="point", points=[[1, 2]]), Reason.BAD_LINE, "'point'"),
        (shape(kind=["x"]), Reason.BAD_LINE, "no outline"),
        (shape(label=7), Reason.BAD_LINE, "label is 7"),
        (shape(flags=[1]), Reason.BAD_LINE, "flags"),
        (shape(flags={"ignore": "yes"}), Reason.BAD_LINE, "neither yes"),
        (shape(points="no"), Reason.BAD_COORDINATES, "no list"),
        (shape(points=[[1, 2, 3], [4, 5, 6]]), Reason.BAD_COORDINATES, "two numbers"),
        (shape(points=[[1, float("nan")], [4, 5]]), Reason.BAD_COORDINATES, "finite"),
        (shape(points=[[1, 2], [3, 4], [5, 9]]), Reason.BAD_COORDINATES, "of 3 points"),
        (shape(kind="polygon"), Reason.BAD_COORDINATES, "of 2 points"),
        (shape(points=[[5, 5], [5, 5]]), Reason.DEGENERATE_POLYGON, "line"),
        ("text", Reason.BAD_LINE, "no object"),
        (None, Reason.BAD_LINE, "no object"),
    ],
)
def test_a_bad_shape_costs_itself(tmp_path: Path, broken: Any, reason: Reason, words: str) -> None:
    found = one(tmp_path, document(shape("good"), broken))
    assert found.texts == {"a": ["good"]} and not found.images[0].exhaustive
    assert found.reasons == [(Kind.REGION, reason)]
    assert words in found.refusals[0].detail and found.refusals[0].source_line is not None


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = document(shape()).replace('"label": "word"', '"label": "word", "label": "other"')
    assert one(tmp_path, text).reasons == [(Kind.REGION, Reason.BAD_LINE)]


def test_labels_drawn_on_another_size_are_refused(tmp_path: Path) -> None:
    found = one(tmp_path, document(shape(), imageWidth=50, imageHeight=100))
    assert found.reasons == [(Kind.REGION, Reason.BAD_COORDINATES)]
    assert found.refusals[0].detail == "drawn on 50x100 pixels; the picture has 100x50"
    assert not found.images[0].exhaustive


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"shapes": null}',
        b'{"shapes": 3}',
        b'{"shapes": []} more',
        b"[" * 100_000,
        b'{"shapes": [' + b"[" * 100_000,
        b"\xff\xfe\x00",
        document(shape()).encode()[:-40],
    ],
)
def test_a_file_that_is_not_of_labelme_costs_its_picture(tmp_path: Path, text: bytes) -> None:
    found = one(tmp_path, text)
    assert found.images == []
    assert (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE) in found.reasons
    assert found.seen.regions_seen == len(found.refusals) - 1


def test_a_file_without_shapes_is_a_picture_without_text(tmp_path: Path) -> None:
    assert one(tmp_path, document()).texts == {"a": []}


def test_a_picture_kept_in_its_file_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document(shape(), imageData="A" * (17 << 20))
    assert one(tmp_path, text).texts == {"a": ["word"]}
    monkeypatch.setattr(labelme, "MAX_BYTES", 1 << 20)
    assert one(tmp_path, text).reasons == [(Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)]


@pytest.mark.parametrize("path", ["..\\photos\\a.jpg", "/home/me/a.png", "../a.png", None])
def test_the_picture_may_have_moved(tmp_path: Path, path: str | None) -> None:
    assert one(tmp_path, document(shape(), imagePath=path)).texts == {"a": ["word"]}


@pytest.mark.parametrize("path", ["b.png", "../../etc/passwd", 3])
def test_a_file_that_names_another_picture_is_refused(tmp_path: Path, path: Any) -> None:
    found = one(tmp_path, document(shape(), imagePath=path))
    assert found.reasons == [
        (Kind.IMAGE, Reason.ANNOTATION_DANGLING),
        (Kind.REGION, Reason.IMAGE_REFUSED),
    ]


def test_a_file_of_too_many_bytes_is_told_not_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = document(shape())
    monkeypatch.setattr(labelme, "MAX_BYTES", len(text) - 1)
    found = one(tmp_path, text)
    assert not found.images
    assert found.refusals and "bytes; a file of labelme has" in found.refusals[0].detail
