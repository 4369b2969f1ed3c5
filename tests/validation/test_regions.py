"""Regions as flat columns: what cannot be measured is left out and shifts no other."""

import math
from pathlib import Path

from tests.validation.labelled import Label, box, published, regions
from validation.regions import region_batches

BROKEN = (Label(()), Label((1.0, 2.0, 3.0)), Label((1, 2, math.nan, 4, 5, 6)), Label((1, 1, 9, 9)))


def test_what_cannot_be_measured_is_left_out() -> None:
    some = regions([BROKEN[0], Label(), BROKEN[1]], [], [BROKEN[2], BROKEN[3], box(1, 2, 3, 4)])
    assert some.column("region_id").to_pylist() == ["alpha/train/img_0#2", "alpha/train/img_2#3"]
    assert some.owner.tolist() == [0, 2]
    assert some.box.tolist() == [[10, 10, 70, 30], [1, 2, 3, 4]]
    assert some.points[some.starts].tolist() == [[10, 10], [1, 2]]
    assert some.size.tolist() == [[640, 480], [640, 480]]
    assert len(regions(BROKEN)) == 0


def test_batches_are_those_of_whole_images(tmp_path: Path) -> None:
    manifest = published(tmp_path, [Label()] * 3, [], [Label()] * 2, [Label()])
    assert [len(batch) for batch in region_batches(manifest, 2)] == [3, 3]
