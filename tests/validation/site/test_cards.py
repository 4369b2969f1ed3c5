"""What a finding's card offers to decide."""

import pytest

from manifests.findings import Code
from validation.site.cards import Card


def verdicts(code: str) -> list[str]:
    described = Code(code, "warning", "Two pictures are one.", "Drop one.")
    pair = {"image_id": "a/train/1", "other_image_id": "a/test/2"}
    finding = described.finding("a", "train", "equal", **pair)
    offered = Card(described, finding, (), "page.html", "f-1").decisions("DATA")
    return [command.split()[4] for _, command in offered]


@pytest.mark.parametrize("code", ["leak_exact", "leak_near", "mix_leaks"])
def test_a_pair_across_splits_may_be_no_leak(code: str) -> None:
    assert verdicts(code) == ["not-a-leak", "drop-image", "accept"]


@pytest.mark.parametrize("code", ["copy_exact", "copy_region_moved"])
def test_a_pair_within_a_split_is_no_question_of_leaks(code: str) -> None:
    assert verdicts(code) == ["drop-image", "accept"]
