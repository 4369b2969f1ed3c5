"""A COCO export, read by pycocotools, is the manifest to the last digit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask
from pycocotools.coco import COCO

from manifests.exporting import export
from manifests.geometry import bounding_box
from manifests.reading import find_manifests
from tests.manifests.corpus import HEIGHT, WIDTH, rows


@pytest.fixture(scope="module")
def coco(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> COCO:
    out = tmp_path_factory.mktemp("coco") / "out"
    export(find_manifests(corpus), "coco", out)
    return COCO(out / "annotations.json")


def annotated(coco: COCO) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    """manifest_id -> image, its annotations."""
    images = coco.loadImgs(coco.getImgIds())
    return {
        image["manifest_id"]: (image, coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]])))
        for image in images
    }


def test_every_image_and_region_comes_back(coco: COCO, corpus: Path) -> None:
    found, expected = annotated(coco), rows(corpus)
    assert set(found) == set(expected)
    for name, (image, annotations) in found.items():
        row = expected[name]
        assert (image["width"], image["height"]) == (row["width"], row["height"])
        assert image["exhaustive"] == row["exhaustive"]
        assert [a["region_id"] for a in annotations] == [r["region_id"] for r in row["regions"]]
        for annotation, region in zip(annotations, row["regions"], strict=True):
            assert annotation["segmentation"] == [region["polygon"]]
            assert annotation["text"] == region["text"]
            assert annotation["granularity"] == region["granularity"]
            assert annotation["ignore_reason"] == region["ignore_reason"]
            ignored = int(not region["care"])
            assert (annotation["iscrowd"], annotation["ignore"]) == (ignored, ignored)
            left, top, right, bottom = bounding_box(region["polygon"])
            assert annotation["bbox"] == [left, top, right - left, bottom - top]


def test_the_area_is_that_of_the_polygon(coco: COCO) -> None:
    _, annotations = annotated(coco)["alpha/train/img_1"]
    for annotation in annotations[:2]:
        encoded = mask.frPyObjects(annotation["segmentation"], HEIGHT, WIDTH)
        pixels = np.asarray(mask.area(encoded)).sum()
        assert annotation["area"] == pytest.approx(pixels, rel=0.05)


def test_numbers_begin_with_one_and_pictures_are_where_it_says(coco: COCO, corpus: Path) -> None:
    assert sorted(coco.getImgIds()) == [1, 2, 3, 4]
    assert sorted(coco.getAnnIds()) == [1, 2, 3, 4, 5, 6]
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["text"]
    names = {image["file_name"] for image in coco.loadImgs(coco.getImgIds())}
    assert "alpha/train/img_2.png" in names and "beta/test/img_1.jpg" in names
