"""Names on the command line lead to manifests and images, or to what there is instead."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.selecting import find_image, near_image, select
from tests.builders import edit_rows, make_image, publish_manifest


def names(data: Path, *wanted: str) -> list[str]:
    return [manifest.name for manifest in select(data, wanted)]


def test_manifests_by_name(corpus: Path) -> None:
    assert names(corpus) == ["alpha/train", "beta/test"]
    assert names(corpus, "beta/test", "alpha", "beta") == ["beta/test", "alpha/train"]


def test_a_name_that_is_none_tells_which_there_are(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there are alpha/train, beta/test"):
        select(corpus, ["alpha/test"])
    with pytest.raises(UserError, match="python -m pipelines normalize"):
        select(tmp_path)


def test_an_image_or_its_region_leads_to_its_row(corpus: Path) -> None:
    for name in ("alpha/train/img_3", "alpha/train/img_3#1"):
        manifest, row = find_image(corpus, name)
        assert (manifest.name, row["image_id"]) == ("alpha/train", "alpha/train/img_3")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("img_3", "one is like icdar15/train/img_1"),
        ("gamma/train/img_3", "no manifest of gamma/train"),
        (
            "alpha/train/img_8",
            r"has no image 'alpha/train/img_8'; did you mean alpha/train/img_\d\?$",
        ),
        ("alpha/train/img_3.jpg", r"; did you mean alpha/train/img_3\?$"),
        ("alpha/train/Imag3", r"; did you mean alpha/train/img_3\?$"),
        ("alpha/train/zebra", r"; `python -m manifests query` lists those that there are$"),
    ],
)
def test_an_image_that_is_none(corpus: Path, name: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        find_image(corpus, name)


def test_a_picture_is_known_by_its_file() -> None:
    known = [
        ("shops/test/shop_3-4f", "shops/test/shop 3.jpg"),
        ("shops/val/shop_3-1c", "shops/val.zip!deep/shop 3.jpg"),
        ("shops/val/shop_5", "shops/val/shop_5%21.jpg"),
    ]
    for name in ("shop 3", "shop 3.jpg"):
        assert near_image(f"shops/val/{name}", known) == "; did you mean shops/val/shop_3-1c?"
        assert near_image(f"shops/test/{name}", known) == "; did you mean shops/test/shop_3-4f?"
    assert near_image("shops/val/shop_5!", known) == "; did you mean shops/val/shop_5?"
    assert near_image("shops/val/zebra", known) == ""


def test_an_image_in_quarantine_says_why(tmp_path: Path) -> None:
    from tests.builders import make_refusal

    refusal = make_refusal("alpha", "train")
    folder = publish_manifest(tmp_path, [make_image("alpha", "train", 0)], [refusal])
    edit = {"kind": "image", "image_id": "alpha/train/img_9", "detail": "cut off"}
    edit_rows(folder, "quarantine", lambda rows: rows[0].update(edit))
    with pytest.raises(UserError, match="it is in quarantine, bad_line: cut off"):
        find_image(tmp_path, "alpha/train/img_9")


def test_files_that_were_changed_are_not_read(own_corpus: Path) -> None:
    path = own_corpus / "manifests" / "alpha" / "train" / "images.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(UserError, match="not what was published"):
        find_image(own_corpus, "alpha/train/img_3")
