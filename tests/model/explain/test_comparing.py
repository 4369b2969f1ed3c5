"""Comparing finds a planted difference, and none where there is none; other data is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manifests.errors import UserError
from model.__main__ import main
from model.explain.bootstrap import Settings
from model.explain.comparing import BETTER, FEW, SAME, WORSE, compare, differences
from model.explain.folder import StoredEvaluation
from model.explain.same_data import require_same_data
from model.protocols import PROTOCOLS
from tests.model.explain.evaluations import Found, found, region, stored

WORDS = [(10.0, 10.0, 110.0, 30.0), (10.0, 50.0, 110.0, 90.0), (200.0, 200.0, 300.0, 220.0)]
NAMES = [f"alpha/test/img_{n}" for n in range(1, 41)]


def images(names: list[str] = NAMES) -> dict[str, list[dict[str, Any]]]:
    return {name: [region(name, n, box) for n, box in enumerate(WORDS, start=1)] for name in names}


def lines(missing: int, names: list[str] = NAMES) -> dict[str, Found]:
    """The first two words of every image, and the third but in ``missing`` images."""
    return {
        name: found(*WORDS[: 2 if number < missing else 3]) for number, name in enumerate(names)
    }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> StoredEvaluation:
    return stored(tmp_path_factory.mktemp("base"), images(), lines(20))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_planted_difference_is_found(
    base: StoredEvaluation, tmp_path: Path, protocol: str
) -> None:
    better = stored(tmp_path / "b", images(), lines(8))
    found = compare(base, better, protocol)
    verdicts = {one.figure: one.verdict for one in found.figures}
    assert verdicts == {"precision": SAME, "recall": BETTER, "hmean": BETTER}
    recall = next(one for one in found.figures if one.figure == "recall")
    assert recall.difference == pytest.approx(12 / 120)
    assert recall.interval is not None
    assert recall.interval[0] < 0.1 < recall.interval[1]
    assert found.became["missed"] == {"matched": 12, "missed": 8}
    assert found.became["matched"] == {"matched": 100}
    assert len(found.moved) == 12
    assert found.moved[0].effect == pytest.approx(found.moved[-1].effect)
    (low, *_) = [one for one in found.changes if one.a.bin == "middle centre"]
    assert (low.gained, low.false) == (12, 0)
    back = compare(better, base, protocol)
    assert [one.verdict for one in back.figures] == [SAME, WORSE, WORSE]
    for one, other in zip(found.figures, back.figures, strict=True):
        assert one.interval is not None and other.interval is not None
        assert one.interval == pytest.approx((-other.interval[1], -other.interval[0]))


def test_equal_runs_do_not_differ(base: StoredEvaluation, tmp_path: Path) -> None:
    again = stored(tmp_path / "b", images(), lines(20))
    require_same_data(base, again)
    found = compare(base, again, "iou")
    assert {(one.verdict, one.difference, one.interval) for one in found.figures} == {
        (SAME, 0.0, (0.0, 0.0))
    }
    assert not found.changes
    assert not found.moved


@pytest.mark.parametrize("missing", [17, 19, 21, 23])
def test_up_to_three_images_are_noise(base: StoredEvaluation, tmp_path: Path, missing: int) -> None:
    other = stored(tmp_path / "b", images(), lines(missing))
    found = compare(base, other, "deteval")
    assert {one.verdict for one in found.figures} == {SAME}
    assert len(found.moved) == abs(missing - 20)


def test_noise_is_seldom_taken_for_a_difference() -> None:
    """Both are draws of the same chance: a verdict is wrong about once in 20 times."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(60):
        a, b = (
            np.stack([rng.binomial(5, 0.5, 80), [5] * 80, rng.binomial(5, 0.5, 80), [5] * 80], 1)
            for _ in range(2)
        )
        recall = differences(a.astype(float), b.astype(float), "iou", Settings(300))[1]
        wrong += recall.verdict != SAME
    assert 0 < wrong <= 9


def test_of_few_images_nothing_is_said(tmp_path: Path) -> None:
    names = NAMES[:5]
    a = stored(tmp_path / "a", images(names), lines(5, names))
    b = stored(tmp_path / "b", images(names), lines(0, names))
    found = compare(a, b, "iou")
    assert {(one.verdict, one.interval) for one in found.figures} == {(FEW, None)}


def changed(what: str, value: Any) -> dict[str, list[dict[str, Any]]]:
    other = images()
    other[NAMES[3]][1][what] = value
    return other


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (images(NAMES[1:]), "1 of the images are in .*, such as alpha/test/img_1"),
        (changed("text", "another"), "1 ground truths have another text, such as .*img_4#2"),
        (changed("care", False), "another care"),
        (changed("polygon", [0, 0, 9, 0, 9, 9, 0, 9]), "another polygon"),
        (changed("region_id", f"{NAMES[3]}#9"), "2 ground truths are in one of them alone"),
    ],
)
def test_other_data_is_refused_and_told(
    base: StoredEvaluation, tmp_path: Path, other: dict[str, list[dict[str, Any]]], said: str
) -> None:
    b = stored(tmp_path / "b", other, lines(20))
    with pytest.raises(UserError, match=said):
        require_same_data(base, b)


def test_the_command_prints_both_ways(
    base: StoredEvaluation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = stored(tmp_path / "b", images(), lines(8))
    folders = [str(base.folder), str(better.folder)]
    assert main(["compare", *folders]) == 0
    told = capsys.readouterr().out
    assert told.count("recall        0.8333  0.9333  +0.1000") == 3
    assert "better" in told
    assert "of 20 missed: 12 matched" in told
    assert main(["compare", *folders, "--protocol", "iou", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert list(tree["protocols"]) == ["iou"]
    assert tree["protocols"]["iou"]["became"]["missed"]["matched"] == 12
    assert tree["protocols"]["iou"]["moved"][0]["b"]["recall_credit"] == 3
    assert {change["gained"] for change in tree["protocols"]["iou"]["changes"]} == {12}
    assert main(["compare", *folders[:1], str(tmp_path)]) == 2
    assert "evaluate again" in capsys.readouterr().err


def test_tables_that_were_touched_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = stored(tmp_path / "a", images(), lines(3))
    table = one.folder / "images.parquet"
    table.write_bytes(table.read_bytes() + b" ")
    assert main(["compare", str(one.folder), str(one.folder)]) == 2
    assert "images.parquet is missing or not the one" in capsys.readouterr().err


def test_the_explain_command_walks_to_the_source(
    base: StoredEvaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(base.folder), NAMES[0]]) == 0
    told = capsys.readouterr().out
    assert told.count("ground truth ") >= 3
    assert "alpha/test/img_1.txt, line 3" in told
    assert "200.0,200.0,300.0,220.0,word" in told
    assert "iou       matched (1), detection D1" in told
    assert "iou       missed (0)" in told
    assert main(["explain", str(base.folder), f"{NAMES[0]}#1"]) == 0
    told = capsys.readouterr().out
    assert "img_1#2" not in told
    assert told.count("detection D0: score 0.950") == 1
    assert main(["explain", str(base.folder), f"{NAMES[0]}#D0"]) == 0
    told = capsys.readouterr().out
    assert f"ground truth T1 ({NAMES[0]}#1)" in told and "matched (1), ground truth T1" in told
    assert "img_1#2" not in told and "detection D1:" not in told
    assert main(["explain", str(base.folder), f"{NAMES[0]}#T77"]) == 2
    assert "it has T1, T2, " in capsys.readouterr().err
    for wrong in ("alpha/test/img_99", f"{NAMES[0]}#77"):
        assert main(["explain", str(base.folder), wrong]) == 2
        assert "has no" in capsys.readouterr().err
