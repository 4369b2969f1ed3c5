"""No shards of a mix that leaks: the command says which pair, and obeys who knows better."""

from pathlib import Path

import pytest

from manifests.decisions import serialize
from pipelines.__main__ import main
from pipelines.leak_gate import refuse_leaks
from tests.builders import make_image, publish_manifest
from tests.manifests.test_leaks import TESTED, TRAINED, leak, not_a_leak, report

MIX = "seed: 1\nshards: 1\nmembers:\n- {{dataset: {}, split: {}}}\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two manifests, and findings of one pair between them."""
    data = tmp_path / "data"
    for dataset, split in (("alpha", "train"), ("beta", "test")):
        images = [make_image(dataset, split, number) for number in range(4)]
        publish_manifest(data, images, dataset=dataset, split=split)
    report(data, leak())
    return data


def mix(tmp_path: Path, name: str, dataset: str = "alpha", split: str = "train") -> str:
    path = tmp_path / f"{name}.yaml"
    path.write_text(MIX.format(dataset, split))
    return str(path)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The mixes that shards were asked for."""
    asked: list[list[str]] = []

    def shard(data: Path, mixes: list[str], *_: object) -> list[str]:
        asked.append(mixes)
        return []

    monkeypatch.setattr("pipelines.shard.shard", shard)
    return asked


def shard(data: Path, *arguments: str) -> int:
    decisions = data.parent / "decisions"
    decisions.mkdir(exist_ok=True)
    return main(["shard", "--data", str(data), "--decisions", str(decisions), *arguments])


def test_every_mix_that_leaks_is_named_and_none_is_written(
    data: Path, tmp_path: Path, written: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    names = [mix(tmp_path, "one"), mix(tmp_path, "two"), mix(tmp_path, "tests", "beta", "test")]
    assert shard(data, "--mix", *names) == 2
    said = capsys.readouterr().err
    assert said.count(f"{TRAINED} and {TESTED} of a test split, leak_near: ") == 2
    assert "the mix one leaks" in said
    assert "the mix two leaks" in said
    assert "the mix tests" not in said
    assert written == []


def test_who_allows_leaks_is_warned(
    data: Path, tmp_path: Path, written: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    name = mix(tmp_path, "one")
    assert shard(data, "--mix", name, "--allow-leaks") == 0
    assert "warning: the mix one leaks, which was allowed" in capsys.readouterr().err
    assert written == [[name]]


def test_a_decision_opens_the_gate(
    data: Path, tmp_path: Path, written: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "alpha.yaml").write_text(serialize([not_a_leak(data)]))
    assert shard(data, "--mix", mix(tmp_path, "one")) == 0
    assert capsys.readouterr().err == ""
    assert len(written) == 1


def test_a_pair_of_the_mix_opens_it_for_that_mix(data: Path, tmp_path: Path) -> None:
    path = Path(mix(tmp_path, "one"))
    pair = f"allow_pairs:\n- {{images: [{TESTED}, {TRAINED}], because: two signs}}\n"
    path.write_text(path.read_text() + pair)
    assert refuse_leaks(data, [str(path)]) == []


def test_mixes_that_nobody_checked_are_told_in_one_line(data: Path, tmp_path: Path) -> None:
    (data / "report" / "findings.parquet").unlink()
    names = [mix(tmp_path, "one"), mix(tmp_path, "two"), mix(tmp_path, "tests", "beta", "test")]
    (said,) = refuse_leaks(data, [*names, mix(tmp_path, "gone", "gamma")])
    assert said.startswith("not checked for leaks: one, two; there is no ")
    assert "python -m validation check" in said
