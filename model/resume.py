"""Going on with a run: which one, and whether what is asked for fits what it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.shardset import SHARDS, ShardSet
from model.config import Config, Task, load_config, with_changes
from model.files import last_line, read_object
from model.runs import CHECKPOINTS, CONFIG, EVALUATIONS, LINEAGE, LOG, RUNS, SUFFIX
from model.settings import plain
from model.summary import read_summary

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "task": str, "preset": str, "mix": str, "device": str, "data": str, "workers": int,
    "shards": dict, "evaluation": (dict, type(None)), "resumed": list,
}  # fmt: skip


NO_RESUME = (
    "a training of a backbone cannot be resumed; start a new one from its last weights with "
    "--task backbone --images DIR --backbone {last}"
)


@dataclass(frozen=True)
class Unfinished:
    """A run that can be gone on with: its folder, config and lineage."""

    folder: Path
    config: Config
    lineage: Mapping[str, Any]

    @property
    def task(self) -> Task:
        """pretrain or finetune."""
        task: Task = self.lineage["task"]
        return task

    @property
    def mix(self) -> str:
        """The mix of shards it trains on."""
        return str(self.lineage.get("mix", self.config.task(self.task).mix))

    @property
    def last(self) -> Path:
        """The checkpoint with the state to go on from."""
        return self.folder / CHECKPOINTS / f"last{SUFFIX}"

    def data(self, given: Path | None) -> Path:
        """The data folder: ``given``, or where it was when the run began, or, where it has moved
        with the run inside, around the run. Raises UserError."""
        if given is not None:
            return given
        if "data" not in self.lineage or not Path(self.lineage["data"]).is_dir():
            runs = self.folder.resolve().parent
            if runs.name == RUNS and (runs.parent / SHARDS).is_dir():
                return runs.parent
            raise UserError(
                f"the data of {self.folder} are not where they were when it began "
                f"({self.lineage.get('data', 'which it does not tell')}); say where with --data"
            )
        return Path(self.lineage["data"])


def open_unfinished(folder: Path) -> Unfinished:
    """The run in a folder. Raises UserError where there is none, it is finished or saved nothing
    to go on from."""
    if not (folder / CONFIG).is_file():
        raise UserError(f"{folder} is no run: it has no {CONFIG}")
    try:
        lineage, summary = read_object(folder / LINEAGE), read_summary(folder)
        _check_lineage(lineage)
        run = Unfinished(folder, load_config(folder / CONFIG), lineage)
        if lineage["task"] == "backbone":
            raise UserError(f"{folder}: {NO_RESUME.format(last=run.last)}")
        if run.task not in ("pretrain", "finetune"):
            raise ValueError(f"a training of task {run.task} cannot be resumed")
        finished = summary.get("state") == "finished" and not _awaits_evaluation(run)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"cannot go on with {folder}: {error}; start a new run") from error
    if finished:
        raise UserError(
            f"{folder} is finished, all {summary.get('steps')} steps of it; to train its network "
            f"further, start a new run with --checkpoint {run.last}"
        )
    if not run.last.is_file():
        raise UserError(f"{folder} ended before its state was saved; start a new run")
    return run


def _awaits_evaluation(run: Unfinished) -> bool:
    """Whether a training that has ended was not evaluated at its end although it was to be: the
    shards for that were there when it began and were not later."""
    settings = run.config.task(run.task).evaluation
    last = last_line(run.folder / LOG) or {}
    noted = last_line(run.folder / EVALUATIONS) or {}
    due = settings.every and last.get("epoch", 0) >= settings.start
    return bool(
        run.lineage.get("evaluation") and due and noted.get("step", 0) < last.get("step", 0)
    )


def _check_lineage(lineage: Mapping[str, Any]) -> None:
    """Raise ValueError where something that a training goes on by is not of its kind."""
    for key, kind in _KINDS.items():
        if key in lineage and not isinstance(lineage[key], kind):
            raise ValueError(f"{key} in its {LINEAGE} cannot be {lineage[key]!r:.40}")
    if lineage.get("workers", 1) < 1:
        raise ValueError(f"workers in its {LINEAGE} cannot be {lineage['workers']}")
    for key in ("shards", "evaluation"):
        if not isinstance((lineage.get(key) or {}).get("digest", ""), str):
            raise ValueError(f"digest of {key} in its {LINEAGE} must be text")


def find_unfinished(data: Path, task: Task | None) -> list[Unfinished]:
    """The runs below ``DATA/runs`` of ``task`` (or any) that are not finished (one that only awaits
    its last evaluation is: name its folder). The one that was written to last, by the time of its
    state, comes first: a clock that was set back gives another order, so say which one is taken.
    Raises UserError where there is none."""
    found = []
    for last in (data / RUNS).glob(f"*/{CHECKPOINTS}/last{SUFFIX}"):
        try:
            run = open_unfinished(last.parents[1])
        except UserError:
            continue
        if task in (None, run.task) and read_summary(run.folder).get("state") != "finished":
            found.append((last.stat().st_mtime, run))
    if not found:
        raise UserError(
            f"no unfinished {f'{task} ' if task else ''}run below {data / RUNS}; `python -m model "
            f"runs --data {data}` lists them. Start one without --resume"
        )
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def check_wishes(
    run: Unfinished, wishes: Mapping[str, str | None], starts: list[str], changes: list[str]
) -> None:
    """Raise UserError that names every option which asks for something else than the run is.

    wishes: lineage's key (task, preset, mix) -> what was asked for, None for nothing; starts:
    options for a start that were given; changes: ``--set``.
    """
    known = {"task": run.task, "preset": run.lineage.get("preset"), "mix": run.mix}
    problems = [
        f"--{key} {asked} (it has {known[key]})"
        for key, asked in wishes.items()
        if asked is not None and asked != known[key]
    ]
    problems += [f"--{name} (it goes on from its own state)" for name in starts]
    problems += [
        f"--set {change} (differs from its {CONFIG})"
        for change in changes
        if with_changes(run.config, [change]) != run.config
    ]
    if problems:
        raise UserError(
            f"{run.folder} is gone on with as it is; it does not take {', '.join(problems)}. Leave "
            f"that out, or start a new run from where it is with --checkpoint {run.last}"
        )


def check_config(run: Unfinished, saved: Config) -> None:
    """Raise UserError where config.yaml is not the config that the state was saved with."""
    before, now = _leaves(plain(saved)), _leaves(plain(run.config))
    changed = [key for key in now if before.get(key) != now[key]]
    if changed:
        key = changed[0]
        more = f" and {len(changed) - 1} more keys" if len(changed) > 1 else ""
        raise UserError(
            f"{run.folder / CONFIG} was changed since the state was saved: {key} is {now[key]} and "
            f"was {before.get(key)}{more}; change it back, or start a new run with --checkpoint "
            f"{run.last} --set KEY=VALUE"
        )


def _leaves(tree: Any, at: str = "") -> dict[str, Any]:
    """Dotted name -> value."""
    if not isinstance(tree, Mapping):
        return {at: tree}
    parts = (_leaves(value, f"{at}.{key}" if at else key) for key, value in tree.items())
    return {name: value for part in parts for name, value in part.items()}


def check_shards(run: Unfinished, key: str, shards: ShardSet) -> None:
    """Raise UserError where shards are not those that the run was begun with. key: of the lineage,
    ``shards`` (for training) or ``evaluation``."""
    before = (run.lineage.get(key) or {}).get("digest")
    if before is not None and before != shards.digest:
        raise UserError(
            f"{shards.folder} is not what {run.folder} was begun with (digest {before[:12]}, now "
            f"{shards.digest[:12]}); put the old shards back, or start a new run on the new ones "
            f"with --checkpoint {run.last}"
        )
