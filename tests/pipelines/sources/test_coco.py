"""Files in the form of COCO: outlines, flags, references that lead nowhere, hostile files."""

import json
from pathlib import Path
from typing import Any

import pytest

from manifests.errors import UserError
from manifests.vocabulary import Kind, Reason
from tests.pipelines.sources.reading import Read, put, put_json, read

BOX = [1.5, 2, 28.5, 10]
QUAD = [1, 2, 30, 2, 30, 12, 1, 12]


def image(number: Any = 1, name: Any = "a.png", **changes: Any) -> dict[str, Any]:
    return {"id": number, "file_name": name, "width": 100, "height": 50, **changes}


def annotation(number: Any = 7, image_id: Any = 1, **changes: Any) -> dict[str, Any]:
    return {"id": number, "image_id": image_id, "bbox": BOX, "text": "word", **changes}


def one(tmp_path: Path, *annotations: Any, images: Any = None, **more: Any) -> Read:
    """Annotations of the picture a.png."""
    value = {"images": [image()] if images is None else images, "annotations": annotations, **more}
    path = put_json(tmp_path / "labels.json", value)
    return read("coco", put(tmp_path / "photos", "a.png"), path)


def test_an_annotation_is_a_region(tmp_path: Path) -> None:
    found = one(tmp_path, annotation(), categories=[{"id": 1, "name": "text"}], info={})
    (region,) = found.regions["a"]
    assert (region.text, region.polygon) == ("word", (1.5, 2, 30, 2, 30, 12, 1.5, 12))
    assert (region.region_id, region.source_line) == ("mine/train/a#7", 1)
    assert json.loads(region.raw)["id"] == 7
    assert found.images[0].annotation_uri == f"{tmp_path.name}/labels.json#/images/0"
    assert found.images[0].exhaustive and found.refusals == []


@pytest.mark.parametrize(
    ("given", "polygon"),
    [
        ({"segmentation": [QUAD]}, tuple(QUAD)),
        ({"segmentation": QUAD}, tuple(QUAD)),
        ({"mask": QUAD, "segmentation": []}, tuple(QUAD)),
        ({"points": QUAD}, tuple(QUAD)),
        ({"segmentation": [QUAD, QUAD]}, (1.5, 2, 30, 2, 30, 12, 1.5, 12)),
        ({"segmentation": {"counts": [1, 2], "size": [50, 100]}}, (1.5, 2, 30, 2, 30, 12, 1.5, 12)),
        ({"segmentation": [[]]}, (1.5, 2, 30, 2, 30, 12, 1.5, 12)),
    ],
)
def test_the_outline_counts_where_it_is_of_one_piece(
    tmp_path: Path, given: dict[str, Any], polygon: tuple[float, ...]
) -> None:
    (region,) = one(tmp_path, annotation(**given)).regions["a"]
    assert region.polygon == polygon


@pytest.mark.parametrize(
    ("given", "text", "reason"),
    [
        ({"iscrowd": 1}, "word", "marked"),
        ({"ignore": True}, "word", "marked"),
        ({"text": "###"}, None, "marked"),
        ({"legibility": "illegible"}, "word", "illegible"),
        ({"legibility": 1, "iscrowd": 1}, "word", "illegible"),
        ({"legibility": "legible", "iscrowd": 0, "ignore": False}, "word", None),
        ({"utf8_string": "first"}, "first", None),
        ({"text": None, "attributes": {"transcription": " a, b "}}, " a, b ", None),
        ({"text": ""}, None, None),
    ],
)
def test_text_and_flags(
    tmp_path: Path, given: dict[str, Any], text: str | None, reason: str | None
) -> None:
    (region,) = one(tmp_path, annotation(**given)).regions["a"]
    assert (region.text, region.ignore_reason) == (text, reason)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"bbox": None}, Reason.BAD_COORDINATES),
        ({"bbox": [1, 2, 3]}, Reason.BAD_COORDINATES),
        ({"bbox": [1, 2, -3, 4]}, Reason.BAD_COORDINATES),
        ({"bbox": [1, 2, float("nan"), 4]}, Reason.BAD_COORDINATES),
        ({"bbox": [1, 2, float("inf"), 4]}, Reason.BAD_COORDINATES),
        ({"bbox": ["1", 2, 3, 4]}, Reason.BAD_COORDINATES),
        ({"segmentation": [[1, 2, 3, 4]]}, Reason.BAD_COORDINATES),
        ({"bbox": [1, 2, 0, 4]}, Reason.DEGENERATE_POLYGON),
        ({"bbox": [200, 2, 3, 4]}, Reason.OUTSIDE_IMAGE),
        ({"text": 5}, Reason.BAD_LINE),
        ({"iscrowd": "no"}, Reason.BAD_LINE),
        ({"ignore": 2}, Reason.BAD_LINE),
        ({"legibility": "perhaps"}, Reason.BAD_LINE),
        ({"id": None}, Reason.BAD_LINE),
        ({"id": 8}, Reason.ANNOTATION_DUPLICATE_NAME),
    ],
)
def test_a_bad_annotation_costs_itself(
    tmp_path: Path, given: dict[str, Any], reason: Reason
) -> None:
    found = one(tmp_path, annotation(8, text="good"), annotation(**given))
    assert found.texts == {"a": ["good"]}
    assert found.reasons == [(Kind.REGION, reason)]
    assert found.images[0].exhaustive == (reason is Reason.OUTSIDE_IMAGE)


def test_references_that_lead_nowhere_are_told(tmp_path: Path) -> None:
    broken = [annotation(1, 99), annotation(2, None), annotation(3, True), None, "x", 3]
    found = one(tmp_path, annotation(), *broken)
    assert found.texts == {"a": ["word"]} and found.seen.regions_seen == 7
    assert sorted(reason for _, reason in found.reasons) == [
        Reason.ANNOTATION_DANGLING,
        *[Reason.BAD_LINE] * 5,
    ]


def test_images_that_cannot_be_used_take_their_regions_along(tmp_path: Path) -> None:
    images = [
        image(),
        image(1, "second.png"),
        image(2),
        image(3, "gone.png"),
        image(4, None),
        image(None, "b.png"),
        None,
        image(5, "../../../etc/passwd"),
    ]
    numbers = [annotation(10 + n, n) for n in range(1, 6)]
    found = one(tmp_path, *numbers, images=images)
    assert found.texts == {"a": ["word"]} and not found.images[0].exhaustive
    assert found.seen.images_seen == 8 and found.seen.regions_seen == 5
    assert sorted(reason for kind, reason in found.reasons if kind is Kind.IMAGE) == sorted(
        [
            Reason.IMAGE_DUPLICATE_NAME,
            Reason.IMAGE_DUPLICATE_NAME,
            Reason.IMAGE_MISSING,
            Reason.IMAGE_MISSING,
            *[Reason.BAD_LINE] * 3,
        ]
    )
    assert found.reasons.count((Kind.REGION, Reason.IMAGE_REFUSED)) == 4


def test_names_with_folders_find_their_pictures(tmp_path: Path) -> None:
    photos = put(tmp_path / "photos", "one/1.png", "two/1.png", "my photo.png", "extra.png")
    names = ["two\\1.png", "one/1.png", "/home/me/my photo.png", "1.png"]
    value = {
        "images": [image(n, name) for n, name in enumerate(names)],
        "annotations": [annotation(n, n, text=str(n)) for n in range(4)],
    }
    found = read("coco", photos, put_json(tmp_path / "labels.json", value))
    assert found.texts == {"two.1": ["0"], "one.1": ["1"], "my_u0020photo": ["2"]}
    assert sorted(found.reasons) == sorted(
        [
            (Kind.IMAGE, Reason.IMAGE_MISSING),
            (Kind.REGION, Reason.IMAGE_REFUSED),
            (Kind.FILE, Reason.STRAY_FILE),
        ]
    )


def test_labels_drawn_on_another_size_are_refused(tmp_path: Path) -> None:
    found = one(tmp_path, annotation(), images=[image(width=50, height=100)])
    assert found.reasons == [(Kind.REGION, Reason.BAD_COORDINATES)]
    assert "drawn on 50x100" in found.refusals[0].detail


@pytest.mark.parametrize("size", [{"width": 0}, {"width": None}, {"width": "100"}, {"height": 1.5}])
def test_a_size_that_is_none_is_not_compared(tmp_path: Path, size: dict[str, Any]) -> None:
    assert one(tmp_path, annotation(), images=[image(**size)]).texts == {"a": ["word"]}


def test_objects_by_id_are_read_as_lists_are(tmp_path: Path) -> None:
    value = {
        "imgs": {"64": image(64)},
        "anns": {"5": annotation(5, 64, utf8_string="x")},
        "imgToAnns": {"64": [5, 6]},
    }
    path = put_json(tmp_path / "labels.json", value)
    found = read("coco", put(tmp_path / "photos", "a.png"), path)
    assert found.texts == {"a": ["x"]}
    assert found.reasons == [(Kind.FILE, Reason.ANNOTATION_DANGLING)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("not json", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"id', "cut off"),
        ('{"images": ' + "[" * 50_000, "nested too deeply"),
        (
            '{"images": [{"id": 1, "file_name": "a.png"}], "Annotations": [{"image_id": 1}]}',
            "annotations stand in 'Annotations', and are read from `annotations` or `anns` alone",
        ),
        ("{}", "lists no image"),
        ('{"images": 3, "annotations": []}', "lists no image"),
        ('{"images": [], "annotations": []}', "lists no image"),
    ],
)
def test_a_file_that_is_not_whole_stops_all(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text)
    with pytest.raises(UserError, match=words):
        read("coco", put(tmp_path / "photos", "a.png"), path)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    twice = json.dumps(annotation()).replace('"id": 7', '"id": 7, "id": 8')
    path = tmp_path / "labels.json"
    path.write_text(f'{{"images": [{json.dumps(image())}], "annotations": [{twice}]}}')
    found = read("coco", put(tmp_path / "photos", "a.png"), path)
    assert found.reasons == [(Kind.REGION, Reason.BAD_LINE)]


def test_a_folder_must_hold_one_file(tmp_path: Path) -> None:
    photos = put(tmp_path / "photos", "a.png")
    put_json(tmp_path / "labels" / "a.json", {})
    put_json(tmp_path / "labels" / "b.json", {})
    with pytest.raises(UserError, match=r"holds 2 \.json files"):
        read("coco", photos, tmp_path / "labels")
