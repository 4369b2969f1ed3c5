"""What below a raw root can be normalized, what is absent, and what may not be mixed."""

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from manifests.errors import UserError
from manifests.reading import MANIFESTS, RAW_ROOT
from manifests.storage.address import Root
from pipelines.datasets import find_datasets
from pipelines.source import Dataset
from pipelines.sources.definition import FILE, Source, read_sources
from pipelines.tree import RawTree
from pipelines.walk import walk

_LOOKED_THROUGH = 20_000  # files of a folder that is no raw root, some thousand a second


@dataclass(frozen=True)
class Absent:
    """A split whose files are not below the raw root, and what to do about it."""

    name: str
    advice: str


@dataclass(frozen=True)
class Plan:
    """What of a raw root can be normalized: the project's datasets, as (dataset, split), and those
    of one's own; and what is absent."""

    present: list[tuple[str, str]]
    absent: list[Absent]
    own: list[Source]

    @property
    def splits(self) -> list[tuple[str, str]]:
        """All that can be normalized, by dataset and split."""
        return sorted([*self.present, *((source.name, source.split) for source in self.own)])


Ask = Callable[[Dataset, RawTree, str], str | None]
"""What is missing of a split of a dataset, as ``pipelines.source.Dataset.missing``."""


def plan(
    raw: Root, only: Sequence[str] = (), ask: Ask = lambda it, tree, split: it.missing(tree, split)
) -> Plan:
    """Look what is below the raw root. ``ask``: in the place of a dataset's ``missing``.

    Raises UserError where ``raw`` is no folder, ``only`` names an unknown dataset or nothing at
    all is present.
    """
    datasets = find_datasets()
    if not raw.is_dir():
        raise UserError(
            f"the raw root {raw} is not a folder; give --raw the folder that holds them"
        )
    own = read_sources(raw, datasets)
    _refuse_unknown(raw, only, {*datasets, *(source.name for source in own)})
    own = [source for source in own if not only or source.name in only]
    found = Plan([], [], own)
    for name in sorted(set(only).intersection(datasets) if only else datasets):
        tree = RawTree(raw, name)
        for split in datasets[name].splits:
            advice = ask(datasets[name], tree, split)
            if advice is None:
                found.present.append((name, split))
            else:
                found.absent.append(Absent(f"{name}/{split}", advice))
    if not found.splits:
        wanted = "\n".join(f"  {line}" for line in told(found.absent))
        raise UserError(
            f"nothing to normalize below {raw}; what was looked for:\n{wanted}\n"
            f"  your own pictures: {raw / FILE}, or --source (docs/datasets.md)"
            f"{_misplaced(raw, datasets)}"
        )
    return found


def told(absent: Sequence[Absent]) -> list[str]:
    """A line for each advice, before it all splits that it is for."""
    splits: dict[str, list[str]] = {}
    for item in absent:
        splits.setdefault(item.advice, []).append(item.name)
    return [f"{', '.join(names)}: {advice}" for advice, names in splits.items()]


def _misplaced(raw: Root, datasets: Mapping[str, Dataset]) -> str:
    """A line about files of a dataset that stand below the raw root, but not where they are
    looked for; empty where there are none, or too many files to look through."""
    if not isinstance(raw, Path):
        return ""
    if sum(1 for _ in itertools.islice(walk(raw.parent, raw), _LOOKED_THROUGH)) == _LOOKED_THROUGH:
        return ""
    tree = RawTree(raw.parent, raw.name)
    try:
        there = [name for name, it in datasets.items() if _is_there(it, tree)]
    except UserError:  # an archive that is none; nobody asked for it
        return ""
    if raw.name in there:
        return f"\n{raw} is the folder of {raw.name} itself: give --raw {raw.parent}"
    place = " or ".join(str(raw / name) for name in there)
    return (
        f"\nfiles of {' or '.join(there)} are below {raw}: put them into {place}" if there else ""
    )


def _is_there(dataset: Dataset, tree: RawTree) -> bool:
    return any(dataset.missing(tree, split) is None for split in dataset.splits)


def _refuse_unknown(raw: Root, only: Sequence[str], known: Collection[str]) -> None:
    if unknown := sorted(set(only).difference(known)):
        raise UserError(
            f"no dataset {', '.join(unknown)}; known are {', '.join(sorted(known))} (one of your "
            f"own is known by {raw / FILE}, or read with --source)"
        )


def refuse_mixture(raw: Root, data: Path, present: list[tuple[str, str]]) -> None:
    """Raise UserError where DATA would hold manifests of the project's datasets from two raw
    roots: its mixes would join them. A dataset of one's own is in no mix but one's own."""
    datasets = find_datasets()
    for path in sorted((data / MANIFESTS).glob(f"[!.]*/[!.]*/{RAW_ROOT}")):
        if path.parts[-3] not in datasets or path.parts[-3:-1] in present:
            continue
        other = path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        if other != str(raw) and present:
            raise UserError(
                f"{data} holds {'/'.join(path.parts[-3:-1])} made from {other}, and a mix would "
                f"join it with what is below {raw}; use another --data, or remove {path.parent}"
            )
