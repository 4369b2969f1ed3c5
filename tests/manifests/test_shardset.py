"""What is said where a mix has no shards."""

import shlex
from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.shardset import how_to_shard, open_shards


def said(data: Path, mix: str) -> str:
    with pytest.raises(UserError) as caught:
        open_shards(data, mix)
    return str(caught.value)


def test_a_mix_without_shards_names_those_that_have_some(tmp_path: Path) -> None:
    assert "no mix has any there" in said(tmp_path, "test")
    for name in ("val", "mine"):
        (tmp_path / "shards" / name).mkdir(parents=True)
        (tmp_path / "shards" / name / "shards.json").write_text("{}")
    (tmp_path / "shards" / "half").mkdir()
    assert "there are some of mine, val; run" in said(tmp_path, "test")
    assert said(tmp_path, "mine.yaml").endswith("give --mix mine")


def test_shards_of_another_version_say_which_and_how_to_make_them(tmp_path: Path) -> None:
    path = tmp_path / "shards" / "val" / "shards.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"shards_version": 1}')
    message = said(tmp_path, "val")
    assert "it is of version 1, this program reads" in message
    assert f"`python -m pipelines shard --data {tmp_path} --mix val`" in message


def test_the_advice_is_a_command_that_pipelines_takes(tmp_path: Path) -> None:
    from manifests.mixes import load_mix

    own = tmp_path / "mine.yaml"
    own.write_text("members: [{dataset: a, split: train}]\nseed: 1\nshards: 1\n")
    for mix in ("icdar15_val", str(own)):
        advice = said(tmp_path, mix)
        command = shlex.split(advice.split("`")[1])
        assert command[:4] == ["python", "-m", "pipelines", "shard"]
        assert load_mix(command[-1]).name == Path(mix).stem
    assert "then give --mix mine" in advice
    assert how_to_shard(tmp_path, "mine").endswith("--mix path/to/mine.yaml`")
