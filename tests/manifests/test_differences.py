"""Every kind of change between two manifests, and nothing between equal ones."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.differences import KINDS, Change, compare, gather, shift
from manifests.reading import read_manifest
from manifests.records import Image
from manifests.vocabulary import IgnoreReason
from tests.builders import make_image, publish_manifest

BEFORE = [make_image("alpha", "train", k) for k in range(4)]
FIRST = "alpha/train/img_0"
_NUMBER = itertools.count()


def published(folder: Path, images: list[Image]) -> list[Path]:
    place = publish_manifest(folder / str(next(_NUMBER)), images)
    return read_manifest(place).files("images")


def changes(folder: Path, after: list[Image], before: list[Image] = BEFORE) -> list[Change]:
    return list(compare(published(folder, before), published(folder, after)))


def edited(**what: object) -> list[Image]:
    """The first region of the first image changed."""
    regions = (replace(BEFORE[0].regions[0], **what), *BEFORE[0].regions[1:])
    return [replace(BEFORE[0], regions=regions), *BEFORE[1:]]


def test_equal_manifests_have_no_difference(tmp_path: Path) -> None:
    assert changes(tmp_path, BEFORE) == []
    assert changes(tmp_path, [], []) == []


def test_what_is_not_compared_is_no_change(tmp_path: Path) -> None:
    assert changes(tmp_path, [replace(image, image_uri="else.jpg") for image in BEFORE]) == []


def test_images_that_come_and_go(tmp_path: Path) -> None:
    (went,) = changes(tmp_path, BEFORE[1:])
    assert (went.kind, went.image_id, went.regions) == ("images_removed", FIRST, 4)
    (came,) = changes(tmp_path, BEFORE, BEFORE[:3])
    assert (came.kind, came.image_id) == ("images_added", "alpha/train/img_3")
    assert str(came) == "alpha/train/img_3: with 4 regions"


def test_other_bytes_and_other_promises_of_an_image(tmp_path: Path) -> None:
    other = replace(BEFORE[0], image_sha256="0" * 64, width=641, exhaustive=False)
    found = changes(tmp_path, [other, *BEFORE[1:]])
    assert [change.kind for change in found] == ["pictures_replaced", "exhaustive_changed"]
    assert found[0].after == "000000000000 641x480"
    assert (found[1].before, found[1].after) == ("true", "false")


def test_a_region_that_moved_was_read_again_and_is_ignored_now(tmp_path: Path) -> None:
    polygon = tuple(value + 3 for value in BEFORE[0].regions[0].polygon)
    after = edited(polygon=polygon, text="new", ignore_reason=IgnoreReason.MARKED)
    moved, read, care = changes(tmp_path, after)
    assert (moved.kind, moved.by) == ("regions_moved", pytest.approx(3 * 2**0.5))
    assert moved.was == BEFORE[0].regions[0].polygon
    assert (read.kind, read.before, read.after) == ("regions_reread", "'word 1'", "'new'")
    assert (care.kind, care.before, care.after) == ("care_changed", "care", "don't-care (marked)")
    assert {change.region_id for change in (moved, read, care)} == {f"{FIRST}#1"}
    assert (moved.source_uri, moved.source_line) == (BEFORE[0].annotation_uri, 1)


def test_regions_that_go_and_those_that_only_change_their_number(tmp_path: Path) -> None:
    left = [replace(r, region_id=f"{FIRST}#{k}") for k, r in enumerate(BEFORE[0].regions[1:], 1)]
    found = gather(changes(tmp_path, [replace(BEFORE[0], regions=tuple(left)), *BEFORE[1:]]), 1)
    assert found.counts == {"regions_removed": 1, "regions_renumbered": 3}
    assert [change.kind for change in found.listed] == ["regions_renumbered", "regions_removed"]


def test_the_order_in_which_rows_stand_does_not_matter(tmp_path: Path) -> None:
    assert changes(tmp_path, BEFORE[::-1]) == []


def test_regions_come_and_go_with_their_images() -> None:
    found = gather([Change("images_added", "a", regions=5), Change("regions_added", "b")], 9)
    assert found.counts == {"images_added": 1, "regions_added": 6}
    told = found.to_json()
    assert set(told["counts"]) == set(KINDS) and told["counts"]["regions_added"] == 6


def test_all_are_counted_and_the_first_of_each_kind_kept() -> None:
    moves = [Change("regions_moved", "a", f"a#{k}", by=float(k)) for k in range(5)]
    found = gather([*moves, Change("regions_added", "a", "a#9")], 2)
    assert found.counts["regions_moved"] == 5 and found.farthest == 4
    assert [change.region_id for change in found.listed] == ["a#0", "a#1", "a#9"]
    assert gather(moves, 0).listed == []


def test_the_way_of_a_region_is_that_of_its_farthest_point() -> None:
    assert shift([0, 0, 9, 0, 9, 9], [0, 0, 9, 0, 12, 13]) == 5
    assert shift([0, 0, 9, 0, 9, 9], [0, 0, 9, 0, 9, 9, 0, 11]) == 2
