"""What runs remember so as to do only what changed: it tells what need not be looked at again."""

from collections.abc import Iterator
from pathlib import Path

from manifests.verification.looking import Fault, Look, digests_of, read_index, strangers

SPLITS = Path("state") / "normalize"
INDEX = "state.json"


def check_split(look: Look, folder: Path) -> Iterator[Fault]:
    """What normalizing remembers of a split."""
    repair = _forget(folder)
    yield from look.sealed(folder / INDEX, repair)
    digests = digests_of((read_index(folder / INDEX) or {}).get("sha256"))
    yield from look.listed(folder, digests, repair)
    yield from strangers(folder, {INDEX, *digests})


def check_verdict(look: Look, path: Path) -> Iterator[Fault]:
    """What a check remembers of the last one."""
    yield from look.sealed(path, _forget(path))


def _forget(path: Path) -> str:
    return f"remove {path}; nothing is lost with it but the time to look at everything once more"
