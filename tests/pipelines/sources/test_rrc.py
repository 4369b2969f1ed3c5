"""Files of the Robust Reading Competition: four or eight numbers, quotes, marks, odd names."""

import zipfile
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.vocabulary import Kind, Reason
from tests.pipelines.sources.reading import Read, put, read

EIGHT = "1,2,30,2,30,12,1,12,"


def one(tmp_path: Path, text: str | bytes) -> Read:
    """One picture with this annotation file."""
    content = text if isinstance(text, bytes) else text.encode()
    put(tmp_path / "gt", "gt_a.txt", content=content)
    return read("rrc", put(tmp_path / "photos", "a.png"), tmp_path / "gt")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Genaxis Theatre", "Genaxis Theatre"),
        ("$5,000", "$5,000"),
        ('SCAN"', 'SCAN"'),
        (' "say ""hi"""', 'say ""hi""'),
        (" two  spaces ", " two  spaces "),
        ("店铺", "店铺"),
        ("", None),
    ],
)
def test_the_text_of_a_quadrilateral_is_exact(tmp_path: Path, line: str, text: str | None) -> None:
    found = one(tmp_path, f"\ufeff{EIGHT}{line}\r\n")
    (region,) = found.regions["a"]
    assert (region.text, region.polygon) == (text, (1, 2, 30, 2, 30, 12, 1, 12))
    assert (region.source_line, region.raw) == (1, EIGHT + line)
    assert found.images[0].annotation_uri == f"{tmp_path.name}/gt/gt_a.txt"


@pytest.mark.parametrize(
    ("line", "text"),
    [('1 2 29 11 "a, \\"b\\""', 'a, "b"'), ("1,2,29,11,plain", "plain"), ("1, 2, 29, 11", None)],
)
def test_a_box_is_inclusive(tmp_path: Path, line: str, text: str | None) -> None:
    (region,) = one(tmp_path, line).regions["a"]
    assert (region.text, region.polygon) == (text, (1, 2, 30, 2, 30, 12, 1, 12))


def test_a_mark_is_dont_care_and_a_hash_is_text(tmp_path: Path) -> None:
    regions = one(tmp_path, f"{EIGHT}###\n{EIGHT}#05\n").regions["a"]
    assert [(region.text, region.ignore_reason) for region in regions] == [
        (None, "marked"),
        ("#05", None),
    ]


def test_a_line_that_lost_a_number_is_refused_not_read_as_a_box(tmp_path: Path) -> None:
    found = one(tmp_path, f"{EIGHT}good\n1,2,30,2,30,12,1,word\nrubbish\n5 5 5\n")
    assert found.texts == {"a": ["good"]}
    assert found.reasons == [
        (Kind.REGION, Reason.BAD_COORDINATES),
        (Kind.REGION, Reason.BAD_LINE),
        (Kind.REGION, Reason.BAD_LINE),
    ]
    assert [row.source_line for row in found.refusals] == [2, 3, 4]
    assert not found.images[0].exhaustive


def test_a_file_that_is_no_text_costs_its_picture(tmp_path: Path) -> None:
    found = one(tmp_path, b"\0\1\2")
    assert found.reasons == [(Kind.IMAGE, Reason.ANNOTATION_UNREADABLE)]


def test_an_empty_file_is_a_picture_without_text(tmp_path: Path) -> None:
    found = one(tmp_path, "")
    assert found.texts == {"a": []} and found.images[0].exhaustive


def test_pictures_and_files_find_each_other(tmp_path: Path) -> None:
    photos = put(tmp_path / "photos", "one/1.png", "two/1.png", "b 2.png", "gt_c.png", "店.png")
    line = f"{EIGHT}x".encode()
    texts = ("one/gt_1.txt", "two/1.txt", "deep/gt_b 2.txt", "gt_c.txt", "gt_店.txt")
    found = read("rrc", photos, put(tmp_path / "gt", *texts, content=line))
    assert set(found.regions) == {"one.1", "two.1", "b_u00202", "gt_c", "_u5e97"}
    assert found.refusals == []


def test_what_finds_no_partner_is_refused_with_its_regions(tmp_path: Path) -> None:
    photos = put(tmp_path / "photos", "one/1.png", "two/1.png", "alone.png")
    line = f"{EIGHT}x".encode()
    gt = put(tmp_path / "gt", "gt_1.txt", "gt_gone.txt", content=line)
    found = read("rrc", photos, put(gt, "readme.md", ".DS_Store"))
    assert found.images == [] and found.seen.images_seen == 5
    assert sorted(found.reasons) == sorted(
        [
            *[(Kind.IMAGE, Reason.ANNOTATION_MISSING)] * 3,
            *[(Kind.IMAGE, Reason.IMAGE_MISSING), (Kind.REGION, Reason.IMAGE_REFUSED)] * 2,
            (Kind.FILE, Reason.STRAY_FILE),
        ]
    )
    assert "2 file(s) here are neither" in found.refusals[-1].detail


def test_two_annotations_of_a_picture_leave_it_incomplete(tmp_path: Path) -> None:
    line = f"{EIGHT}x".encode()
    gt = put(tmp_path / "gt", "a.txt", "gt_a.txt", content=line)
    found = read("rrc", put(tmp_path / "photos", "a.png"), gt)
    assert found.texts == {"a": ["x"]} and not found.images[0].exhaustive
    assert found.reasons == [
        (Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME),
        (Kind.REGION, Reason.ANNOTATION_DUPLICATE_NAME),
    ]


def test_archives_are_read_as_they_are(tmp_path: Path) -> None:
    photos = put(tmp_path / "photos", "a.png")
    for name, member, content in (
        ("photos.zip", "a.png", (photos / "a.png").read_bytes()),
        ("gt.zip", "gt/gt_a.txt", f"{EIGHT}x".encode()),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(member, content)
    found = read("rrc", tmp_path / "photos.zip", tmp_path / "gt.zip")
    assert found.texts == {"a": ["x"]}
    assert found.images[0].image_uri == f"{tmp_path.name}/photos.zip!a.png"


def test_folders_with_nothing_to_read_are_errors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    photos = put(tmp_path / "photos", "a.png")
    with pytest.raises(UserError, match="no picture below"):
        read("rrc", tmp_path / "empty", photos)
    with pytest.raises(UserError, match=r"no \.txt file below .*; rrc has one for each picture"):
        read("rrc", photos, tmp_path / "empty")


def test_links_that_lead_out_are_never_read(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside", "secret.png")
    photos = put(tmp_path / "root" / "in" / "photos", "a.png")
    (photos / "b.png").symlink_to(outside / "secret.png")
    gt = put(photos.parent / "gt", "a.txt", "b.txt", content=f"{EIGHT}x".encode())
    found = read("rrc", photos, gt)
    assert found.texts == {"a": ["x"]}
    assert [row.detail for row in found.refusals if row.kind is Kind.FILE] == [
        "it is a link that leads out of the raw root; put what it leads to in its place, or make "
        "the whole dataset's folder a link"
    ]
