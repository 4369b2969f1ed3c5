"""The runs below DATA/runs as rows of a table, read without MindSpore; damaged ones too."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from manifests.identity import sha256_file
from model.files import last_line, read_lines, read_object
from model.runs import CONFIG, EVALUATIONS, LINEAGE, LOG, RUNS, is_running
from model.summary import read_summary


@dataclass(frozen=True)
class RunRow:
    """What is known of a run. state: running, stopped, failed, finished or damaged."""

    name: str
    date: str
    state: str
    task: str | None = None
    preset: str | None = None
    step: int = 0
    steps: int | None = None
    last_loss: float | None = None
    best: Mapping[str, Any] | None = None
    """The evaluation while training with the highest hmean: hmean, protocol, mix, step; of a
    backbone with the highest accuracy: accuracy, step."""
    scores: list[Mapping[str, Any]] = field(default_factory=list)
    """What ``evaluate`` found later: mix, step, the hmean of each protocol, and ``changed``: with
    which thresholds, where they are not the checkpoint's own; ``of``: the run, where it had another
    name."""
    problem: str | None = None
    """What is wrong with a damaged one, or made one fail."""


def list_runs(data: Path) -> list[RunRow]:
    """The runs below ``DATA/runs``, oldest first. Nothing a folder may hold makes it fail."""
    folder = data / RUNS
    found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return sorted((read_run(path) for path in found), key=lambda row: (row.date, row.name))


def read_run(folder: Path) -> RunRow:
    """A run's row; of state ``damaged``, with what is wrong, where its files cannot be read."""
    try:
        return _read(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        said = f"no {error.args[0]!r} in it" if isinstance(error, KeyError) else str(error)
        return RunRow(folder.name, _date(folder), "damaged", problem=said)


def as_json(rows: list[RunRow]) -> list[dict[str, Any]]:
    """Rows as plain values."""
    return [asdict(row) for row in rows]


def as_table(rows: list[RunRow]) -> str:
    """Rows for a person: a line each below their headings, and one for each score."""
    cells: list[tuple[str, ...]] = [
        ("run", "task", "preset", "state", "steps", "loss", "best hmean", "begun")
    ]
    cells += [tuple(map(_one_line, _cells(row))) for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for row, line in zip([None, *rows], cells, strict=True):
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        lines.append("  ".join(padded).rstrip())
        below = (text.splitlines() for text in _below(row)) if row else ()
        lines += [f"    {_one_line(part)}" for parts in below for part in parts]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """The text with a newline, or whatever else is not seen, as its escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _read(folder: Path) -> RunRow:
    if not (folder / CONFIG).is_file():
        raise ValueError(f"it has no {CONFIG}")
    lineage, summary = read_object(folder / LINEAGE), read_summary(folder)
    last = last_line(folder / LOG) or {}
    state = str(summary.get("state", "stopped"))
    running = is_running(folder)
    if running:
        state = "running"
    elif state == "running":
        state = "stopped"  # by something that left it no time to say so
    if not running:
        _require_written(folder, lineage.get("files"))
    return RunRow(
        name=folder.name,
        date=str(summary.get("started") or _date(folder)),
        state=state,
        task=str(lineage["task"]),
        preset=str(lineage["preset"]),
        step=int(last.get("step", 0)),
        steps=int(summary["steps"]) if "steps" in summary else None,
        last_loss=float(last["loss"]) if last else None,
        best=_best(folder),
        scores=list(_scores(folder)),
        problem=str(summary["detail"]) if state == "failed" else None,
    )


def _require_written(folder: Path, digests: Any) -> None:
    """Raise ValueError where a file of a run that has ended, of which its lineage has ``digests``,
    is not what was written."""
    if not isinstance(digests, dict):
        return
    for name in (CONFIG, LOG, EVALUATIONS):
        path = folder / name
        if (sha256_file(path) if path.is_file() else None) != digests.get(name):
            raise ValueError(f"{name} is not what the run wrote, by {LINEAGE}: damaged, or edited")


def _best(folder: Path) -> Mapping[str, Any] | None:
    entries = read_lines(folder / EVALUATIONS)
    if not entries:
        return None
    # A backbone is evaluated by its accuracy, which is no score of a detector.
    figure = "accuracy" if "accuracy" in entries[0] else "hmean"
    scored = [entry for entry in entries if entry[figure] is not None]
    if not scored:
        return None
    best = max(scored, key=lambda entry: float(entry[figure]))
    about = ("step",) if figure == "accuracy" else ("protocol", "mix", "step")
    return {figure: float(best[figure])} | {key: best.get(key) for key in about}


def _scores(folder: Path) -> Iterator[Mapping[str, Any]]:
    for path in sorted(folder.glob("evaluations/*/evaluation.json")):
        info = read_object(path)
        hmeans = {name: float(score["hmean"]) for name, score in info["protocols"].items()}
        made_with = info.get("checkpoint")  # before it had a version: the path, step beside it
        step = made_with["step"] if isinstance(made_with, dict) else info.get("step")
        backend = made_with.get("backend") if isinstance(made_with, dict) else None
        changed = _changed(info.get("thresholds_from") or {}, backend)
        of = None if info.get("run") in (None, folder.name) else str(info["run"])
        yield {"mix": info.get("mix"), "step": step, "changed": changed, "of": of, "hmean": hmeans}


def _changed(origin: Mapping[str, Any], backend: Any = None) -> str | None:
    """``with <file of thresholds>, --set <changes> and --backend <another than MindSpore>``, as far
    as there are; None for the checkpoint's own settings."""
    file, changes = origin.get("file"), origin.get("changes")
    told = [Path(file["path"]).name] if file else []
    told += [f"--set {' '.join(changes)}"] if changes else []
    told += [f"--backend {backend}"] if backend else []
    return f"with {' and '.join(told)}" if told else None


def _date(folder: Path) -> str:
    try:
        seconds = (folder / CONFIG).stat().st_mtime
    except OSError:
        return ""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _cells(row: RunRow) -> tuple[str, ...]:
    return (
        row.name,
        row.task or "",
        Path(row.preset or "").stem,
        row.state,
        f"{row.step}/{row.steps}" if row.steps is not None else str(row.step or ""),
        f"{row.last_loss:.4f}" if row.last_loss is not None else "",
        _say_best(row.best) if row.best else "",
        row.date,
    )


def _say_best(best: Mapping[str, Any]) -> str:
    if "accuracy" in best:
        return f"accuracy {best['accuracy']:.4f}"
    named = (best["protocol"], best["mix"] and f"on {best['mix']}")
    return " ".join([f"{best['hmean']:.4f}", *(str(part) for part in named if part)])


def _below(row: RunRow) -> Iterator[str]:
    if row.problem:
        yield row.problem
    for score in row.scores:
        figures = ", ".join(f"{name} {value:.4f}" for name, value in score["hmean"].items())
        changed = f", {score['changed']}" if score["changed"] else ""
        other = f", of a run called {score['of']}" if score["of"] else ""
        yield f"{score['mix']}, step {score['step']}{other}{changed}: hmean {figures}"
