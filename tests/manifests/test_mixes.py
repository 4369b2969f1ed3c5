"""Mix files: what the recipe says, and clear errors for what is wrong."""

import json
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.mixes import (
    AllowedPair,
    Member,
    Mix,
    known_mixes,
    load_known_mixes,
    load_mix,
    mix_from_json,
)


def names(mix: str) -> set[str]:
    return {f"{member.dataset}/{member.split}" for member in load_mix(mix).members}


def test_the_mixes_are_those_of_the_recipe() -> None:
    wild = {"icdar13", "icdar15", "svt", "scut_foru", "coco_text"}
    assert names("pretrain") == {f"{name}/train" for name in wild}
    assert names("finetune") == {f"{name}/train" for name in ("icdar11", "icdar13", "scut_foru")}
    assert names("test") == {"icdar13/test"}
    assert names("val") == {"coco_text/val"}
    assert [load_mix(name).shards for name in ("pretrain", "finetune", "test")] == [8, 8, 1]


def test_no_training_mix_holds_a_test_split() -> None:
    assert not {
        name for mix in ("pretrain", "finetune", "val") for name in names(mix) if "/test" in name
    }


GOOD = "seed: 3\nshards: 2\nmembers:\n- {dataset: a, split: train}\n"


def test_a_mix_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    mix = load_mix(str(path))
    assert (mix.name, mix.seed, mix.shards, mix.members[0].min_care) == ("mine", 3, 2, 0)


def test_seed_and_shards_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("members:\n- {dataset: a, split: train}\n")
    short = load_mix(str(path))
    path.write_text("seed: 0\nshards: 1\nmembers:\n- {dataset: a, split: train}\n")
    assert short.to_json() == load_mix(str(path)).to_json()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD + "seeds: 4\n", "unknown keys seeds; its keys are .*members"),
        ("seed: 3\n", "lacks members; its keys are allow_pairs .*, members, seed .may be left out"),
        (GOOD + "- {dataset: a}\n", "lacks split; its keys are dataset, min_care .*mixes/.*yaml"),
        (GOOD.replace("shards: 2", "shards: 0"), "shards must be"),
        (GOOD.replace("shards: 2", "shards: two"), "shards must be"),
        (GOOD.replace("seed: 3", "seed: true"), "seed must be"),
        (GOOD + "- {dataset: a, split: train}\n", "twice"),
        (GOOD + "- {dataset: a, splits: test}\n", "unknown keys splits"),
        ("seed: 1\nshards: 1\nmembers: []\n", "members must be a list"),
        ("seed: 1\nshards: 1\nmembers: 5\n", "members must be a list"),
        ("seed: 1\nshards: 1\nmembers: [{dataset: [1], split: a}]\n", "dataset of a member"),
        (GOOD.replace("train}", "train, min_care: abc}"), "min_care must be a whole"),
        (GOOD.replace("train}", "train, min_care: null}"), "min_care must be a whole"),
        ("[1, 2]", "must be a mapping"),
        ("seed: [", "expected"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(UserError, match=message) as caught:
        load_mix(str(path))
    assert str(path) in str(caught.value)


def test_an_unknown_mix_names_the_known() -> None:
    with pytest.raises(UserError, match="finetune, icdar15_val, icdar_train, pretrain, test, val"):
        load_mix("pretrian")


def test_portions_of_a_split_share_nothing_and_leave_nothing_out() -> None:
    names = [f"icdar15/train/img_{number}" for number in range(1, 1001)]
    train = next(m for m in load_mix("icdar_train").members if m.dataset == "icdar15")
    (val,) = load_mix("icdar15_val").members
    taken = [(train.takes(name), val.takes(name)) for name in names]
    assert set(taken) == {(True, False), (False, True)}
    assert sum(inside for inside, _ in taken) == 900


def test_a_whole_split_takes_every_image() -> None:
    member = Member("icdar15", "train")
    assert all(member.takes(f"icdar15/train/img_{number}") for number in range(200))


@pytest.mark.parametrize(
    "portion", ["[0.5, 0.5]", "[0.9, 0.1]", "[0, 1.5]", "[0.1]", "half", "[a, b]"]
)
def test_a_portion_that_is_none_is_an_error(tmp_path: Path, portion: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace("train}", f"train, portion: {portion}}}"))
    with pytest.raises(UserError, match="portion must be two numbers"):
        load_mix(str(path))


PAIRS = """allow_pairs:
- images: [b/test/x, a/train/y]
  because: two signs
"""


def test_pairs_that_are_allowed_change_no_shard(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    plain = load_mix(str(path))
    path.write_text(GOOD + PAIRS)
    mix = load_mix(str(path))
    assert mix.allow_pairs == (AllowedPair(("a/train/y", "b/test/x"), "two signs"),)
    assert mix.to_json() == plain.to_json()
    known = json.loads(json.dumps([mix.to_json(), [pair.to_json() for pair in mix.allow_pairs]]))
    assert mix_from_json(*known) == mix


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PAIRS.replace("b/test/x", "a/train/y"), "ids of two images"),
        (PAIRS.replace("b/test/x", "x"), "ids of two images"),
        (PAIRS.replace("two signs", "' '"), "needs a reason"),
        (PAIRS.replace("  because: two signs\n", ""), "lacks because"),
        (PAIRS + PAIRS.partition("\n")[2], "a pair stands twice"),
        ("allow_pairs: 3\n", "must be a list"),
    ],
)
def test_a_pair_that_is_none_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD + text)
    with pytest.raises(UserError, match=message):
        load_mix(str(path))


def test_an_image_belongs_to_the_member_whose_portion_takes_it() -> None:
    halves = [Mix("m", "", 1, 1, (Member("a", "train", portion=p),)) for p in ((0, 0.5), (0.5, 1))]
    sides = [[half.member_of(f"a/train/img_{k}") for half in halves] for k in range(40)]
    assert all((low is None) != (high is None) for low, high in sides)
    assert 8 < sum(low is not None for low, _ in sides) < 32
    assert halves[0].member_of("b/train/img_1") is None
    assert {mix.name for mix in load_known_mixes()} == set(known_mixes())


def test_another_mix_does_not_take_the_name_of_one_of_the_project(tmp_path: Path) -> None:
    path = tmp_path / "test.yaml"
    path.write_text("seed: 1\nmembers: [{dataset: icdar13, split: test}]\n")
    assert load_mix(str(path)).members == load_mix("test").members
    path.write_text("members: [{dataset: icdar15, split: train}]\n")
    with pytest.raises(UserError, match="another mix than the project's test"):
        load_mix(str(path))
    assert load_mix(str(path.rename(tmp_path / "mine.yaml"))).name == "mine"
