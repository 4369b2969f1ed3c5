"""A sweep counts for each setting what evaluation with that setting finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import UserError
from manifests.sealing import load_sealed
from model.config import Config, load_config, with_changes
from model.evaluate import detections
from model.outputs import Outputs, text_lines
from model.protocols import evaluate
from model.protocols.inputs import GroundTruths
from model.sweep import DEFAULT_GRID, SCORE, Sweep, parse_grid
from model.sweep_files import check_out, write_sweep
from model.thresholds import apply, read_thresholds
from model.transforms import fit

GRID = {"lines.min_overlap": (0.2, 0.9), SCORE: (0.5, 0.75), "proposals.min_score": (0.1, 0.6)}


@pytest.fixture(scope="module")
def config() -> Config:
    return with_changes(load_config("lite"), ["lines.min_score=0.6", "proposals.min_score=0.4"])


@pytest.fixture(scope="module")
def images(config: Config) -> list[tuple[Outputs, GroundTruths]]:
    """What a network may say of small pictures with rows of text, sure of some more than of
    others, and words that partly lie there."""
    rng = np.random.default_rng(5)
    heights = config.network.anchor_heights
    found = []
    for _ in range(4):
        scores = rng.uniform(0, 0.3, (6, 20, len(heights))).astype(np.float32)
        words = []
        for row in (1, 3, 4):
            for first in (1, 8, 14):
                span = slice(first, first + int(rng.integers(2, 6)))
                scores[row, span, 4] = rng.uniform(0.2, 1) ** 0.3
                top, height = 16 * row + 8 - heights[4] / 2, heights[4]
                box = [16 * span.start, top, 16 * span.stop, top + height]
                words.append([round(value + rng.normal(0, 2)) for value in box])
        vertical = rng.normal(0, 0.05, (*scores.shape, 2)).astype(np.float32)
        side = np.zeros_like(scores)
        outputs = Outputs(scores, vertical, side, fit(320, 96, 320, 96))
        texts = ["word" if rng.random() < 0.8 else "###" for _ in words]
        quads = [[left, t, right, t, right, b, left, b] for left, t, right, b in words]
        found.append((outputs, GroundTruths.from_texts(quads, texts)))
    return found


@pytest.fixture(scope="module")
def sweep(config: Config, images: list[tuple[Outputs, GroundTruths]]) -> Sweep:
    sweep = Sweep(GRID, config, "iou")
    for outputs, truths in images:
        sweep.add(outputs, truths)
    return sweep


def test_every_setting_has_the_figures_of_an_evaluation(
    sweep: Sweep, config: Config, images: list[tuple[Outputs, GroundTruths]]
) -> None:
    figures, seen = sweep.figures(), set()
    for place in sweep.settings():
        changes = [f"{key}={value}" for key, value in sweep.setting(place).items()]
        changed = with_changes(config, changes)
        truths = {str(i): truth for i, (_, truth) in enumerate(images)}
        found = {
            str(i): detections(text_lines(outputs, changed), True)
            for i, (outputs, _) in enumerate(images)
        }
        score = evaluate("iou", truths, found)
        ours = [float(getattr(figures, n)[place]) for n in ("precision", "recall", "hmean")]
        assert ours == [score.precision, score.recall, score.hmean]
        assert figures.detections[place] == score.detections
        seen.add(score.hmean)
    assert len(seen) > 3 and max(seen) > 0.3


def test_all_combinations_and_the_checkpoints_own_are_settings(
    sweep: Sweep, config: Config
) -> None:
    settings = [sweep.setting(place) for place in sweep.settings()]
    assert len(settings) == 2 * 2 * 2 + 1
    own = sweep.setting(sweep.own)
    assert own in settings
    assert own["proposals.min_score"] == 0.4 and own[SCORE] == 0.6
    assert own["lines.min_overlap"] == config.lines.min_overlap


def test_the_best_has_the_greatest_hmean_and_the_checkpoints_own_goes_first_among_equals(
    sweep: Sweep, config: Config
) -> None:
    hmean = sweep.figures().hmean
    assert hmean[sweep.best()] == max(hmean[place] for place in sweep.settings())
    assert hmean[sweep.best()] > hmean[sweep.own]
    nothing = Sweep(GRID, config, "iou")
    assert nothing.best() == nothing.own


def test_neighbours_are_one_step_of_one_key_away(config: Config) -> None:
    grid = {"proposals.min_score": (0.2, 0.3, 0.4, 0.5), SCORE: (0.6, 0.7, 0.8)}
    sweep = Sweep(grid, config, "iou")
    corner = next(p for p in sweep.settings() if list(sweep.setting(p).values()) == [0.2, 0.8])
    beside = [tuple(sweep.setting(place).values()) for place in sweep.neighbours(corner)]
    assert sorted(beside) == [(0.2, 0.7), (0.3, 0.8)]
    around = [tuple(sweep.setting(place).values()) for place in sweep.neighbours(sweep.own)]
    assert sorted(around) == [(0.3, 0.6), (0.4, 0.7), (0.5, 0.6)]


def test_the_grid_is_read_from_words(config: Config) -> None:
    assert parse_grid([], config) == DEFAULT_GRID
    grid = parse_grid(["lines.min_proposals=3,2,3", "lines.split_at_sides=true,false"], config)
    assert grid == {"lines.min_proposals": (2, 3), "lines.split_at_sides": (False, True)}
    assert len(Sweep(grid, config, "deteval").bases) == 4


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (["lines.min_score"], "expected a key of proposals or lines"),
        (["network.rnn_units=3"], "expected a key of proposals or lines"),
        (["lines.min_scor=3"], "unknown key lines.min_scor"),
        (["lines.min_score=high"], "lines.min_score must be a number"),
        (["lines.gap=1", "lines.gap=2"], "stands twice"),
    ],
)
def test_a_grid_that_cannot_be(entries: list[str], words: str, config: Config) -> None:
    with pytest.raises(UserError, match=words):
        parse_grid(entries, config)


def test_a_grid_of_too_many_settings_is_refused(config: Config) -> None:
    many = tuple(float(value) for value in range(201))
    with pytest.raises(UserError, match="give at most 200"):
        Sweep({"lines.gap": many}, config, "iou")
    assert len(Sweep({SCORE: tuple(v / 300 for v in many)}, config, "iou").settings()) == 201


def test_the_files_say_what_was_chosen_and_by_what(
    sweep: Sweep, config: Config, tmp_path: Path
) -> None:
    by = {
        "checkpoint": "lite.safetensors", "checkpoint_sha256": "a" * 64, "mix": "val",
        "shards_digest": "d", "protocol": "iou", "images": 4,
    }  # fmt: skip
    told = write_sweep(tmp_path / "below" / "t.yaml", sweep, by)
    names = sorted(path.name for path in (tmp_path / "below").iterdir())
    assert names == ["t.json", "t.png", "t.yaml"]
    thresholds = read_thresholds(tmp_path / "below" / "t.yaml")
    best = sweep.setting(sweep.best())
    changed = apply(config, thresholds)
    assert changed.lines == replace(
        config.lines, min_overlap=best["lines.min_overlap"], min_score=best[SCORE]
    )
    assert thresholds.chosen["hmean"] == sweep.figures().hmean[sweep.best()]
    assert thresholds.chosen["own_hmean"] == sweep.figures().hmean[sweep.own]
    assert load_sealed(tmp_path / "below" / "t.json") == told
    assert len(told["settings"]) == 9
    recall = told["curve"]["recall"]
    assert recall == sorted(recall, reverse=True)


@pytest.fixture
def swept(sweep: Sweep, tmp_path: Path) -> Path:
    by = dict.fromkeys(("checkpoint", "mix", "shards_digest", "protocol"), "x")
    write_sweep(tmp_path / "t.yaml", sweep, {**by, "checkpoint_sha256": "a" * 64, "images": 4})
    return tmp_path / "t.yaml"


def test_files_of_an_earlier_sweep_are_replaced(swept: Path) -> None:
    check_out(swept)
    swept.unlink()  # what a stopped one left
    check_out(swept)
    check_out(swept.with_name("new.yaml"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.yaml", "shopping: [milk]\n"),
        ("t.yaml", "lines: {}\nchosen: {by: hand, checkpoint_sha256: " + "a" * 64 + "}\n"),
        ("t.json", '{"chosen": 1}'),
        ("t.json", "words"),
        ("t.png", "a picture"),
    ],
)
def test_files_of_others_are_not(swept: Path, name: str, text: str) -> None:
    other = swept.with_name(name)
    for each in swept.parent.iterdir():
        if name == "t.png" or each != swept:
            each.unlink()
    other.write_text(text)
    with pytest.raises(UserError, match=rf"{name} is there, and no `sweep` wrote it"):
        check_out(swept)
    assert other.read_text() == text


def test_where_nothing_can_be_written_that_is_said(sweep: Sweep, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    by = {"checkpoint": "lite", "mix": "val", "protocol": "iou"}
    with pytest.raises(UserError, match="give --out a file in a folder that can be written"):
        write_sweep(tmp_path / "file" / "t.yaml", sweep, by)
