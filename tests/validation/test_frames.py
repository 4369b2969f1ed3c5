"""Frames hold a row for each image, region and refusal, in batches, with computed columns."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from manifests.reading import Manifest, open_manifest
from manifests.records import Region
from validation.frames import image_frames, quarantine_frames, region_frames
from validation.twins import Twins

NONE = Twins({})


def _region(name: str, polygon: tuple[float, ...], text: str | None = "a") -> Region:
    return Region(region_id=name, polygon=polygon, text=text, raw="")


@pytest.fixture
def manifest(tmp_path: Path, builders: ModuleType) -> Manifest:
    """An image without regions between two with, and 2 refusals."""
    images = [builders.make_image("alpha", "train", i, n) for i, n in enumerate((3, 0, 2))]
    regions = (
        _region("alpha/train/img_2#1", (600, 10, 650, 20, 600, 30), "WÖRT"),
        _region("alpha/train/img_2#2", (-9, -5, -1, -5, -1, 7), None),
    )
    images[2] = replace(images[2], regions=regions)
    refusals = [builders.make_refusal("alpha", "train", line) for line in (1, 2)]
    builders.publish_manifest(tmp_path, images, refusals)
    return open_manifest(tmp_path, "alpha", "train")


def test_a_region_knows_where_it_comes_from(manifest: Manifest) -> None:
    (frame,) = region_frames(manifest, NONE)
    assert frame["image_id"].tolist() == ["alpha/train/img_0"] * 3 + ["alpha/train/img_2"] * 2
    assert frame["region_id_image"].tolist() == frame["image_id"].tolist()
    assert frame["annotation_uri"].iat[4] == "alpha/train_gt/gt_img_2.txt"
    assert frame["source_line"].tolist() == [1, 2, 3, pd.NA, pd.NA]


def test_measures_of_a_region(manifest: Manifest) -> None:
    (frame,) = region_frames(manifest, NONE)
    row = frame.iloc[3]
    assert (row["box_error"], row["box_width"], row["box_height"]) == (0, 50, 20)
    assert row["visible_area"] == 40 * 20
    row = frame.iloc[4]
    assert row["visible_area"] == 0


@pytest.mark.parametrize(("rows", "sizes"), [(1, [3, 2]), (2, [3, 2]), (100, [5])])
def test_batches_are_made_of_whole_images(manifest: Manifest, rows: int, sizes: list[int]) -> None:
    frames = list(region_frames(manifest, NONE, rows))
    assert [len(frame) for frame in frames] == sizes
    assert pd.concat(frames)["region_id"].tolist()[-1] == "alpha/train/img_2#2"


def test_images_and_refusals(manifest: Manifest) -> None:
    (images,) = image_frames(manifest, NONE)
    assert images["pixels"].tolist() == [640 * 480] * 3
    assert images.filter(like="_twin").isna().all(axis=None)
    assert [len(frame) for frame in quarantine_frames(manifest, 1)] == [1, 1]


def test_an_empty_manifest_has_empty_frames_of_the_same_columns(
    manifest: Manifest, tmp_path: Path, builders: ModuleType
) -> None:
    builders.publish_manifest(tmp_path, [], dataset="void")
    void = open_manifest(tmp_path, "void", "train")
    for empty, full in (
        (image_frames(void, NONE), image_frames(manifest, NONE)),
        (region_frames(void, NONE), region_frames(manifest, NONE)),
        (quarantine_frames(void), quarantine_frames(manifest)),
    ):
        (left,), (right,) = empty, full
        assert len(left) == 0
        pd.testing.assert_series_equal(left.dtypes, right.dtypes)
