"""What is to be read: from paths anywhere, or from sources.yaml; and what is refused."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from pipelines.sources.definition import Source, check, locate, read_sources
from tests.pipelines.sources.reading import put

SIX = ("icdar15", "svt")
GOOD = """
shop:
  format: labelme
  exhaustive: false
  card: shop/CARD.md
  splits:
    val: {images: shop/photos/, annotations: shop/labels.zip}
    train: {images: shop/photos, annotations: shop/photos}
market:
  format: coco
  splits:
    test: {images: shop/photos, annotations: labels.json}
"""


def source(**changes: str) -> Source:
    return Source(
        **{"name": "shop", "format": "rrc", "split": "train"} | changes, images="", annotations=""
    )  # type: ignore[arg-type]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    put(tmp_path / "shop" / "photos", "a.png")
    put(tmp_path, "shop/labels.zip", "labels.json", content=b"")
    put(tmp_path, "shop/CARD.md", content=b"# Shop\n")
    return tmp_path


def write(raw: Path, text: str) -> Path:
    (raw / "sources.yaml").write_text(text, encoding="utf-8")
    return raw


def test_sources_come_by_name_and_split(raw: Path) -> None:
    market, train, val = read_sources(write(raw, GOOD), SIX)
    assert market == Source("market", "coco", "test", "shop/photos", "labels.json")
    assert (train.name, train.split, train.images) == ("shop", "train", "shop/photos")
    assert val == Source(
        "shop", "labelme", "val", "shop/photos", "shop/labels.zip", False, "# Shop\n"
    )
    assert Source.from_key(val.key) == val


def test_no_file_is_no_source(tmp_path: Path) -> None:
    assert read_sources(tmp_path, SIX) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("shop:\n", "SVT:\n", "is a dataset of the project"),
        ("shop:\n", "../shop:\n", "cannot be the name"),
        ("shop:\n", ".hidden:\n", "cannot be the name"),
        ("market:", "shop:", "stands twice"),
        ("labelme", "voc", "no format 'voc'; known are coco, labelme, rrc"),
        ("test:", "dev:", "no split 'dev'"),
        ("exhaustive: false", "exhaustive: maybe", "must be true or false"),
        (
            "exhaustive",
            "exhausted",
            "unknown keys exhausted; its keys are card, exhaustive, format",
        ),
        ("  format: coco\n", "", "'market' lacks format"),
        ("labels.json", "gone.json", "gone.json is not there"),
        ("labels.json", "../labels.json", "not inside the raw root"),
        ("labels.json", "/etc/passwd", "not inside the raw root"),
        ("labels.json", "[1]", "must be a path"),
        ("shop/CARD.md", "shop", "card"),
        (", annotations: labels.json", "", "lacks annotations"),
        (GOOD, "- shop", "mapping of datasets"),
        (GOOD, "", "mapping of datasets"),
        (GOOD, "a: &a [*a]", "aliases"),
        (GOOD, "{", "sources.yaml"),
        (GOOD, "#" + "x" * (1 << 20), "more than"),
    ],
)
def test_whatever_is_wrong_is_told_with_the_file(raw: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(UserError, match=r"sources\.yaml: ") as caught:
        read_sources(write(raw, GOOD.replace(old, new, 1)), SIX)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["", "a/b", "..", ".a", "a b", "-x", "x" * 201, "ICDAR15"])
def test_names_that_cannot_be_one(name: str) -> None:
    with pytest.raises(UserError):
        check(source(name=name), SIX)


def test_paths_anywhere_get_a_root_above_what_they_share(raw: Path) -> None:
    photos, labels = raw / "shop" / "photos", raw / "labels.json"
    root, found = locate(source(), photos, photos)
    assert (root, found.images, found.annotations) == (raw / "shop", "photos", "photos")
    root, found = locate(source(), photos, labels)
    assert root == raw.parent
    assert found.annotations == f"{raw.name}/labels.json"
    link = raw / "link"
    link.symlink_to(photos)
    assert locate(source(), link, photos)[1].images == "photos"


def test_paths_that_are_not_there_or_share_nothing_are_told(raw: Path) -> None:
    with pytest.raises(UserError, match=r"--annotations .*gone is not there"):
        locate(source(), raw, raw / "gone")
    with pytest.raises(UserError, match="share no folder"):
        locate(source(), raw, Path("/proc/version"))


def test_a_card_is_made_where_there_is_none() -> None:
    assert source().told_card().startswith("# shop\n")
    assert "Nobody wrote a card" in source().told_card()
