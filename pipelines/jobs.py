"""The units of work of a pipeline over splits: a split, and a chunk of it, on scratch files."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from manifests.publish import write_json
from manifests.storage.mirror import at_home, bring_file
from manifests.storage.sending import send

_LISTED = "listed.json"


@dataclass(frozen=True)
class SplitJob:
    """One split of one dataset to work on. ``raw``: the raw root; ``scratch``: of this run;
    both as any machine can call them."""

    raw: str
    dataset: str
    split: str
    scratch: str

    @property
    def name(self) -> str:
        """``<dataset>/<split>``."""
        return f"{self.dataset}/{self.split}"

    @property
    def key(self) -> str:
        """The job as text, to group by."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_key(cls, key: str) -> Self:
        """Undo ``key``."""
        return cls(**json.loads(key))

    @property
    def folder(self) -> Path:
        """Scratch folder of the split."""
        return at_home(self.scratch) / self.dataset / self.split


@dataclass(frozen=True)
class NormalizeJob(SplitJob):
    """A split to normalize. ``source``: of a dataset of one's own, its ``Source.key``; empty for
    the project's datasets."""

    source: str = ""


@dataclass(frozen=True)
class Chunk:
    """A file of entries of a split, and its place in the order."""

    job: SplitJob
    index: int

    @property
    def path(self) -> Path:
        """Where its entries are, a JSON line each."""
        return self.job.folder / f"chunk-{self.index:06d}.jsonl"


def note_chunks(job: SplitJob, count: int) -> None:
    """Leave word of how many chunks a split was cut into: a runner may lose them all the same."""
    path = job.folder / _LISTED
    write_json(path, {"chunks": count})
    send(path)


def listed_chunks(job: SplitJob) -> int:
    """Undo ``note_chunks``. Raises FileNotFoundError where the split was not listed to its end."""
    path = job.folder / _LISTED
    bring_file(path)
    return int(json.loads(path.read_text(encoding="utf-8"))["chunks"])
