"""Listing runs, whatever state their folders are in."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from model.__main__ import main
from model.config import load_config
from model.files import append, lock, write_object
from model.lineage import finished
from model.listing import as_table, list_runs, read_run
from model.summary import Summary, read_summary, tally, write_summary
from tests.model.plain_preset import PLAIN

ROOT = Path(__file__).resolve().parents[2]


def make_run(data: Path, name: str, summary: Summary | None = None, steps: int = 3) -> Path:
    folder = data / "runs" / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(load_config(PLAIN).to_yaml())
    write_object(folder / "lineage.json", {"task": "pretrain", "preset": "presets/own.yaml"})
    for step in range(1, steps + 1):
        timing = {"images_per_second": 4.0, "wait_share": 0.1 * step, "seconds": 0.5}
        append(folder / "log.jsonl", {"step": step, "loss": 1 / step, **timing})
    if summary:
        write_summary(folder, summary)
    return folder


def test_a_run_has_its_steps_loss_and_scores(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "a", Summary("pretrain", "own", 3, "finished", started="2026"))
    for step, hmean in ((1, 0.2), (2, 0.75), (3, 0.5)):
        entry = {"step": step, "hmean": hmean, "protocol": "iou", "mix": "val"}
        append(folder / "evaluations.jsonl", entry)
    protocols = {"iou": {"hmean": 0.5, "recall": 1}, "deteval": {"hmean": 0.625, "recall": 1}}
    evaluation = {"mix": "test", "step": 3, "protocols": protocols}
    (folder / "evaluations" / "test").mkdir(parents=True)
    write_object(folder / "evaluations" / "test" / "evaluation.json", evaluation)
    (folder / "evaluations" / "test-01234567").mkdir()
    origin = {"file": {"path": "x/best-val.yaml"}, "changes": ["lines.min_score=0.9", "a=1"]}
    again = folder / "evaluations" / "test-01234567" / "evaluation.json"
    write_object(again, {**evaluation, "thresholds_from": origin})
    (row,) = list_runs(tmp_path)
    assert (row.name, row.date, row.state) == ("a", "2026", "finished")
    assert (row.task, row.step, row.steps, row.last_loss) == ("pretrain", 3, 3, 1 / 3)
    assert row.best == {"hmean": 0.75, "protocol": "iou", "mix": "val", "step": 2}
    score = {"mix": "test", "step": 3, "hmean": {"iou": 0.5, "deteval": 0.625}}
    changed = "with best-val.yaml and --set lines.min_score=0.9 a=1"
    score["of"] = None
    assert row.scores == [{**score, "changed": None}, {**score, "changed": changed}]
    table = as_table([row])
    assert "test, step 3: hmean iou" in table
    assert f"test, step 3, {changed}: hmean iou" in table


@pytest.mark.parametrize("name", ["config.yaml", "log.jsonl", "evaluations.jsonl"])
def test_a_run_that_was_edited_after_its_end_is_not_whole(tmp_path: Path, name: str) -> None:
    folder = make_run(tmp_path, "a", Summary("pretrain", "own", 3, "finished"))
    (folder / "checkpoints").mkdir()
    lineage = {"task": "pretrain", "preset": "presets/own.yaml"}
    write_object(folder / "lineage.json", finished(lineage, folder / "checkpoints"))
    assert [row.state for row in list_runs(tmp_path)] == ["finished"]
    with (folder / name).open("a") as file:
        file.write('{"step": 3, "loss": 0.0, "hmean": 0.99}\n')
    (row,) = list_runs(tmp_path)
    assert row.state == "damaged" and f"{name} is not what the run wrote" in str(row.problem)


def test_an_evaluation_that_came_from_another_run_is_told(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "a", Summary("pretrain", "own", 3, "finished"))
    path = folder / "evaluations" / "test" / "evaluation.json"
    path.parent.mkdir(parents=True)
    evaluation = {"run": "b", "mix": "test", "step": 3, "protocols": {"iou": {"hmean": 0.5}}}
    write_object(path, evaluation)
    assert "test, step 3, of a run called b: hmean iou" in as_table(list_runs(tmp_path))


def test_a_backbone_has_an_accuracy(tmp_path: Path) -> None:
    from model.curves import draw_curves

    folder = make_run(tmp_path, "a", Summary("backbone", "lite", 3))
    for step, accuracy in ((1, 0.2), (2, 0.75), (3, 0.5)):
        append(folder / "evaluations.jsonl", {"step": step, "accuracy": accuracy})
    (row,) = list_runs(tmp_path)
    assert row.best == {"accuracy": 0.75, "step": 2}
    assert "accuracy 0.7500" in as_table([row])
    assert draw_curves(folder) is not None


def test_states_are_told_apart(tmp_path: Path) -> None:
    killed = make_run(tmp_path, "killed", Summary("pretrain", "own", 9))
    running = make_run(tmp_path, "running", Summary("pretrain", "own", 9))
    make_run(tmp_path, "failed", Summary("pretrain", "own", 9, "failed", "the loss is nan"))
    make_run(tmp_path, "old")
    held = lock(running / ".lock")
    assert held is not None
    with held:
        states = {row.name: row.state for row in list_runs(tmp_path)}
    assert states == {
        "killed": "stopped", "running": "running", "failed": "failed", "old": "stopped"
    }  # fmt: skip
    (killed / "log.jsonl").unlink()
    assert (read_run(killed).step, read_run(killed).last_loss) == (0, None)
    assert read_run(tmp_path / "runs" / "failed").problem == "the loss is nan"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("lineage.json", b"{", "lineage.json cannot be read"),
        ("lineage.json", b"\xff", "lineage.json cannot be read"),
        ("lineage.json", b"{}", "no 'task' in it"),
        ("summary.json", b"[]", "summary.json holds no JSON object"),
        ("summary.json", b'{"steps": null}', "int()"),
        ("log.jsonl", b'{"step": []}\n', "int()"),
        ("evaluations.jsonl", b'{"step": 1}\n', "no 'hmean' in it"),
    ],
)
def test_a_damaged_run_is_listed_as_such(
    tmp_path: Path, name: str, content: bytes, problem: str
) -> None:
    folder = make_run(tmp_path, "a")
    (folder / name).write_bytes(content)
    row = read_run(folder)
    assert row.state == "damaged"
    assert problem in str(row.problem)


def test_the_command_prints_a_table_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "--data", str(tmp_path)]) == 0
    assert "no runs below" in capsys.readouterr().out
    make_run(tmp_path, "a", Summary("pretrain", "own", 9, "stopped"))
    (tmp_path / "runs" / "b").mkdir()
    (tmp_path / "runs" / "latest.json").write_text("{}")
    assert main(["runs", "--data", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:3] == ["b                      damaged", "    it has no config.yaml"]
    assert lines[3].split()[:6] == ["a", "pretrain", "own", "stopped", "3/9", "0.3333"]
    assert main(["runs", "--data", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["step"]) for row in rows] == [("b", 0), ("a", 3)]


def test_listing_does_not_load_mindspore(tmp_path: Path) -> None:
    make_run(tmp_path, "a")
    code = (
        "import sys; from model.__main__ import main; "
        f"main(['runs', '--data', {str(tmp_path)!r}]); sys.exit('mindspore' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_summary_weighs_each_step_by_its_time(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "a", steps=2)
    slow = {"images_per_second": 2.0, "wait_share": 0.5, "seconds": 3.0}
    append(folder / "log.jsonl", {"step": 3, "loss": 0.25, **slow})
    append(folder / "evaluations.jsonl", {"step": 3, "hmean": 0.5, "seconds": 7.5})
    figures = tally(folder)
    assert figures == {
        "step": 3, "images": 10, "seconds": 4.0, "images_per_second": 2.5,
        "wait_share": pytest.approx((0.05 + 0.1 + 1.5) / 4, abs=1e-4),
        "evaluation_seconds": 7.5, "last_loss": 0.25,
    }  # fmt: skip
    text = Summary("pretrain", "own", 9, **figures).text()
    assert text == (
        "3 steps, 10 images in 0.1 min: 2.5 images/s, 41.2 % of the time waiting for data; "
        "0.1 min of evaluation"
    )
    assert tally(tmp_path)["images_per_second"] == 0


def test_the_curves_are_drawn_from_the_logs(tmp_path: Path) -> None:
    import cv2
    import numpy as np

    from model.curves import draw_curves, smooth

    folder = make_run(tmp_path, "a", steps=0)
    assert draw_curves(folder) is None
    for step in range(1, 40):
        parts = {"classification": 0.5 / step, "vertical": 0.1, "side": 0.05}
        append(folder / "log.jsonl", {"step": step, "loss": 1 / step, **parts, "learning_rate": 1})
    assert main(["runs", "--data", str(tmp_path), "--curves"]) == 0
    without = cv2.imread(str(folder / "curves.png"))
    assert without.std() > 10
    append(folder / "evaluations.jsonl", {"step": 20, "hmean": 0.5, "protocol": "iou"})
    draw_curves(folder)
    assert not np.array_equal(cv2.imread(str(folder / "curves.png")), without)
    assert [path.name for path in folder.glob(".*")] == []

    values = np.random.default_rng(0).random(300)
    wanted = [values[max(0, n - 3) : n + 3].mean() for n in range(300)]
    np.testing.assert_allclose(smooth(values), wanted)
    assert smooth(values[:20]).tolist() == pytest.approx(values[:20].tolist())


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("name", "text", "state"),
    [
        ("lineage.json", DEEP, "damaged"),
        ("log.jsonl", '{"step": 1e999, "loss": 1}\n', "damaged"),
        ("log.jsonl", '{"step": 1, "loss": 1}\n' + DEEP + "\n", "stopped"),
        ("evaluations.jsonl", '{"step": 1, "hmean": "0.5", "mix": [1]}\n', "stopped"),
        ("evaluations.jsonl", '{"step": 1, "accuracy": {}}\n', "damaged"),
        ("summary.json", '{"state": "\\ud800"}', "\ud800"),
    ],
)
def test_whatever_a_file_holds_the_others_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, state: str
) -> None:
    make_run(tmp_path, "good")
    (make_run(tmp_path, os.fsdecode(b"odd\xff")) / name).write_text(text)
    assert {row.name[:3]: row.state for row in list_runs(tmp_path)} == {
        "goo": "stopped",
        "odd": state,
    }
    assert main(["runs", "--data", str(tmp_path)]) == 0
    assert "odd\\udcff" in capsys.readouterr().out


def test_a_damaged_log_has_no_curves_and_the_others_have(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_run(tmp_path, name)
    (tmp_path / "runs" / "a" / "log.jsonl").write_text('{"loss": 1, "step": "x"}\n' * 2)
    append(tmp_path / "runs" / "a" / "log.jsonl", {"loss": 1, "step": 3})
    assert main(["runs", "--data", str(tmp_path), "--curves"]) == 0
    assert not (tmp_path / "runs" / "a" / "curves.png").exists()
    assert (tmp_path / "runs" / "b" / "curves.png").is_file()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    folder = make_run(tmp_path, "a")
    (folder / "lineage.json").unlink()
    os.mkfifo(folder / "lineage.json")
    assert read_run(folder).state == "damaged"


@pytest.mark.parametrize("line", ['{"loss": 1}', '{"step": 1, "loss": "x"}', '{"step": 1}'])
def test_a_log_that_somebody_wrote_in_hides_no_end(tmp_path: Path, line: str) -> None:
    from model.bookkeeping import keeping_summary
    from model.runs import Run

    config = load_config(PLAIN)
    run = Run(tmp_path / "a", config, {"task": "pretrain", "preset": "lite"})
    with pytest.raises(KeyboardInterrupt), keeping_summary(run, Summary("pretrain", "lite", 3)):
        (run.folder / "log.jsonl").write_text(line + "\n")
        raise KeyboardInterrupt
    assert read_summary(run.folder)["state"] == "failed"


def test_a_name_with_a_newline_stays_on_its_line(tmp_path: Path) -> None:
    make_run(tmp_path, "a\nb\t\x1b[31m", Summary("pretrain", "own", 3))
    (tmp_path / "runs" / "bad\rname").mkdir()
    failed = Summary("pretrain", "own", 3, "failed", "one\ntwo\x1b")
    make_run(tmp_path, "c", failed)
    lines = as_table(list_runs(tmp_path)).split("\n")
    assert any(line.startswith(r"a\nb\t\x1b[31m  pretrain") for line in lines)
    assert any(line.startswith(r"bad\rname") for line in lines)
    assert ["    one", r"    two\x1b"] in (lines[i : i + 2] for i in range(len(lines)))
    assert all(line.isprintable() for line in lines)


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    make_run(tmp_path, "a")
    line = f"set -o pipefail; {sys.executable} -m model runs --data {tmp_path} | true"
    done = subprocess.run(["bash", "-c", line], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
