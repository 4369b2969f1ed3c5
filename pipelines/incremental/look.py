"""What became of a split since it was normalized: nothing, or what must be done and why."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from manifests.errors import UserError
from manifests.identity import combine, sha256_file
from manifests.images import MAX_PIXELS
from manifests.pages.words import plural
from manifests.program import HOME, code_digest, versions
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, open_manifest, root_told
from manifests.schema import SCHEMA_VERSION
from manifests.storage.address import Root
from manifests.undecided import undecided
from pipelines.incremental.listing import Listing, compare, list_files
from pipelines.incremental.reuse import Reuse
from pipelines.incremental.state import State, hand_over, read_state, state_folder
from pipelines.source import Dataset
from pipelines.sources.own import OwnDataset
from pipelines.tree import RawTree

DATASETS = "pipelines.datasets"
_CODE = ("pipelines.convert", "pipelines.chunks", "pipelines.facts", "pipelines.incremental.reuse")
_ABOUT = ("pipelines.normalize", "pipelines.counts")
_LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "pyarrow")


@dataclass(frozen=True)
class Look:
    """A split as it is found. ``now``: what is to be remembered of it; ``files``: its stamps;
    ``why``: what must be done about it and why, empty where nothing must; ``base``: the manifest
    whose rows may stay, None where none may; ``touched``: URIs of files that may have changed."""

    dataset: str
    split: str
    now: State
    files: Listing
    why: str = ""
    base: Manifest | None = None
    touched: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """``<dataset>/<split>``."""
        return f"{self.dataset}/{self.split}"

    @property
    def files_to_read(self) -> int:
        """How many files are new or may have changed; without a base, all."""
        return len(self.files if self.base is None else self.touched)

    def hand_over(self, folder: Path) -> None:
        """Leave below ``folder`` what the workers need to know."""
        hand_over(folder, self.now, self.files)
        if self.base is not None:
            digest = sha256_file(self.base.folder / "manifest.json")
            touched = tuple(sorted(self.touched))
            Reuse(str(self.base.folder), digest, str(self.now.folder), touched).write(folder)


def look(
    raw: Root, data: Path, dataset: Dataset, split: str, trees: Iterable[RawTree], full: bool
) -> Look:
    """Look at a split without opening a picture or an annotation. ``full``: trust nothing."""
    folder = state_folder(data, dataset.id, split)
    now = State(folder, str(raw), rows_by(dataset), told_by(dataset))
    found = Look(dataset.id, split, now, list_files(trees))
    before = read_state(data, dataset.id, split)
    if full:
        return replace(found, why="everything is to be read again")
    if before is None:
        there = (data / MANIFESTS / dataset.id / split / "manifest.json").is_file()
        why = "nothing is remembered of how its manifest was made" if there else "it is new"
        return replace(found, why=why)
    return _compare(found, before, data)


def _compare(found: Look, before: State, data: Path) -> Look:
    base, now = _base(data, found, before), found.now
    differs = compare(before.files(), found.files)
    if before.manifest and base is None:
        return replace(found, why="its manifest is damaged, or not the one that was made last")
    if now.rows_by != before.rows_by:
        return replace(found, why="the program that reads it has changed, or a library")
    if now.raw != before.raw:
        every = frozenset(uri for uri, _ in itertools.chain(before.files(), found.files))
        return replace(found, why=f"the raw root was {before.raw}", base=base, touched=every)
    told = "" if now.told_by == before.told_by else "what is told of the dataset has changed"
    unread = f"{plural(before.unread, 'file')} could not be read" if before.unread else ""
    root = _root_told(found, before, data)
    why = "; ".join(filter(None, (differs.told(), told, root, unread)))
    stays = replace(now, advice=before.advice, manifest=before.manifest)
    return replace(found, now=now if why else stays, why=why, base=base, touched=differs.uris)


def _root_told(found: Look, before: State, data: Path) -> str:
    """Empty where the manifest, if any, tells the raw root that it was made from."""
    folder = data / MANIFESTS / found.dataset / found.split
    if not before.manifest or root_told(folder) == found.now.raw:
        return ""
    return f"{RAW_ROOT} of its manifest tells another raw root"


def _base(data: Path, found: Look, before: State) -> Manifest | None:
    """The manifest as it was normalized; None where that is not there, or where it, or what
    decisions made of it, is not whole."""
    if not before.manifest:
        return None
    try:
        published = open_manifest(data, found.dataset, found.split)
        base = undecided(data, published)
        if sha256_file(base.folder / "manifest.json") != before.manifest:
            return None
        for manifest in {published.folder: published, base.folder: base}.values():
            manifest.verify()
    except (UserError, OSError):
        return None
    return base


def rows_by(dataset: Dataset) -> str:
    """Digest of all that decides the rows of a dataset, but for its files."""
    own = dataset.source.to_json() if isinstance(dataset, OwnDataset) else None
    modules = (*_CODE, type(dataset).__module__, *_modules(dataset))
    settings = (SCHEMA_VERSION, dataset.version, MAX_PIXELS, own)
    return combine([code_digest(modules), repr(settings), *versions(*_LIBRARIES)])


def told_by(dataset: Dataset) -> str:
    """Digest of what else its manifest says: card, published counts."""
    if isinstance(dataset, OwnDataset):
        return combine([dataset.source.key, code_digest(_ABOUT)])
    folder = _folder(dataset)
    texts = [folder / name for name in ("CARD.md", "counts.yaml")]
    return combine([code_digest(_ABOUT), *(sha256_file(path) for path in texts if path.is_file())])


def _modules(dataset: Dataset) -> Iterator[str]:
    """Every module of the folder of a dataset; of one's own data there is none."""
    if not isinstance(dataset, OwnDataset):
        for path in sorted(_folder(dataset).rglob("*.py")):
            parts = path.relative_to(HOME).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__")


def _folder(dataset: Dataset) -> Path:
    return HOME.joinpath(*DATASETS.split("."), dataset.id)
