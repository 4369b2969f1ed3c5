"""Manifests brought up to date with the raw root: what has changed is normalized, nothing else.

Looking costs a listing of the raw root.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.pages.words import plural
from manifests.publish import sweep_scratch
from manifests.reading import MANIFESTS, Manifest, open_manifest, read_manifest, root_told
from manifests.storage.address import Remote, Root, parse_root
from manifests.storage.mirror import place_of
from pipelines.datasets import find_datasets
from pipelines.incremental.look import Look, look
from pipelines.incremental.state import publish_state
from pipelines.plan import Absent, plan, refuse_mixture
from pipelines.source import Dataset
from pipelines.sources.definition import Source, check
from pipelines.sources.own import OwnDataset
from pipelines.tree import RawTree


@dataclass(frozen=True)
class Renewed:
    """``said``: a line for each split, what was done or that nothing was, and why."""

    manifests: list[Manifest]
    absent: list[Absent]
    said: list[str]


@dataclass(frozen=True)
class Found:
    """Splits that are there, as they were found, each with the key of its source, if any; those
    that are absent, with what to do about it."""

    present: list[tuple[Look, str]]
    absent: list[tuple[Look, Absent]]

    def told(self) -> list[str]:
        """What would be done for each split, and why."""
        lines = [
            f"{it.name}: {_planned(it) if it.why else _up_to_date(it)}" for it, _ in self.present
        ]
        return [*lines, *(f"{it.name}: absent, nothing to do" for it, _ in self.absent)]


def renew(
    raw: Root,
    data: Path,
    only: Sequence[str] = (),
    beam_options: Sequence[str] = (),
    full: bool = False,
) -> Renewed:
    """Normalize what is new or has changed below ``raw``; ``full``: all of it.

    Raises UserError for what cannot be read, and where DATA is inside the raw root or holds
    manifests of another.
    """
    found = find(raw, data, only, full)
    with writing_lock(data):
        return _do(raw, data, found, beam_options)


def renew_source(
    raw: Path, data: Path, source: Source, beam_options: Sequence[str] = (), full: bool = False
) -> Renewed:
    """Normalize one split of a dataset of one's own, whose paths are below ``raw``, as ``renew``.

    Raises UserError for a definition that cannot be used, where DATA is inside the pictures, and
    where the split was made from other paths.
    """
    found = find_source(raw, data, source, full)
    with writing_lock(data):
        return _do(raw, data, found, beam_options)


def find(raw: Root, data: Path, only: Sequence[str] = (), full: bool = False) -> Found:
    """What of each split below ``raw`` is to be done; nothing is written. Raises as ``renew``."""
    looks: dict[str, Look] = {}

    def ask(dataset: Dataset, tree: RawTree, split: str) -> str | None:
        seen = looks[f"{dataset.id}/{split}"] = look(raw, data, dataset, split, [tree], full)
        return dataset.missing(tree, split) if seen.why else seen.now.advice

    planned = plan(raw, only, ask)
    if _is_inside(place_of(data), raw):
        raise UserError(f"{data} is inside the raw root {raw}, which is never written to")
    refuse_mixture(raw, data, planned.present)
    present = [(looks[f"{dataset}/{split}"], "") for dataset, split in planned.present]
    present += [(_look_at(raw, data, source, full), source.key) for source in planned.own]
    return Found(
        sorted(present, key=lambda it: (it[0].dataset, it[0].split)),
        [(looks[item.name], item) for item in planned.absent],
    )


def _is_inside(place: Root, root: Root) -> bool:
    if isinstance(place, Path) and isinstance(root, Path):
        return place.is_relative_to(root)
    return isinstance(place, Remote) and place.is_relative_to(root)


def find_source(raw: Path, data: Path, source: Source, full: bool = False) -> Found:
    """What of one split of a dataset of one's own is to be done. Raises as ``renew_source``."""
    check(source, find_datasets())
    for below in (source.images, source.annotations):
        if data.is_relative_to(raw / below):
            raise UserError(f"{data} is inside {raw / below}, which is never written to")
    _refuse_replacing(raw, data, source)
    return Found([(_look_at(raw, data, source, full), source.key)], [])


def _look_at(raw: Root, data: Path, source: Source, full: bool) -> Look:
    trees = [RawTree(raw, below) for below in sorted({source.images, source.annotations})]
    return look(raw, data, OwnDataset(source), source.split, trees, full)


def _refuse_replacing(raw: Path, data: Path, source: Source) -> None:
    """A second call that forgot its --split would take the first one's place."""
    folder = data / MANIFESTS / source.name / source.split
    if not (folder / "manifest.json").is_file():
        return
    root = root_told(folder)
    if root is None:  # a hint that is gone; it is told again
        return
    own = read_manifest(folder).info.get("own") or {}
    paths = [parse_root(root) / str(own.get(key)) for key in ("images", "annotations")]
    if paths != [raw / source.images, raw / source.annotations]:
        raise UserError(
            f"{source.name}/{source.split} was made from {paths[0]} and {paths[1]}; give another "
            f"--split or --name, or remove {folder} to replace it"
        )


def _do(raw: Root, data: Path, found: Found, beam_options: Sequence[str]) -> Renewed:
    sweep_scratch(data, "normalize")  # a run that was killed at its very end leaves nothing to do
    said = {it.name: _up_to_date(it) for it, _ in found.present}
    stale = [(it, key) for it, key in found.present if it.why]
    if stale:
        from pipelines.normalize import make

        for (it, _), done in zip(stale, make(raw, data, stale, beam_options), strict=True):
            said[it.name] = f"{done}, because {it.why}"
    for it, absent in found.absent:
        if it.why:
            publish_state(replace(it.now, advice=absent.advice), it.files)
    manifests = [open_manifest(data, it.dataset, it.split) for it, _ in found.present]
    lines = [f"{name}: {words}" for name, words in said.items()]
    return Renewed(manifests, [absent for _, absent in found.absent], lines)


def _planned(it: Look) -> str:
    if it.base is None:
        return f"would be read from the start, because {it.why}"
    return f"would be read again as far as its files changed, because {it.why}"


def _up_to_date(it: Look) -> str:
    return f"nothing to do, {plural(len(it.files), 'file')} as they were"
