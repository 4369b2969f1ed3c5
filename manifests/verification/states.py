"""What is remembered of the last runs, so that only what changed is done again.

A state that is damaged is believed by nobody; the run that finds it so does everything again.
"""

from collections.abc import Iterator
from pathlib import Path

from manifests.reading import MANIFESTS
from manifests.verification.looking import Fault, Look, digests_of, read_index, strangers
from manifests.verification.tables import how_to_normalize

STATE = "state"
CHECK, INFO = "check.json", "state.json"


def check_split(look: Look, folder: Path) -> Iterator[Fault]:
    """What is remembered of how a manifest was made: its index by its own digest, its tables by
    those that the index has."""
    repair = _again(look.data, folder)
    yield from look.sealed(folder / INFO, repair)
    digests = digests_of((read_index(folder / INFO) or {}).get("sha256"))
    yield from look.listed(folder, digests, repair)
    if digests:
        yield from strangers(folder, {INFO, *digests})


def check_check(look: Look, path: Path) -> Iterator[Fault]:
    """What the last check saw and said."""
    yield from look.sealed(path, f"run `python -m validation check --data {look.data}`")


def _again(data: Path, folder: Path) -> str:
    """A split that is absent has a state, and no manifest that could be made."""
    manifest = data / MANIFESTS / folder.parent.name / folder.name
    if manifest.is_dir():
        return how_to_normalize(data, manifest)
    return f"remove {folder}: nothing is lost, the split is not there"
