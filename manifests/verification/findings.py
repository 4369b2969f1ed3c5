"""What checks and people left: findings, verdicts, the memory of earlier manifests, pages."""

from collections.abc import Iterator
from pathlib import Path

from manifests.digests import DIGESTS, read_digests
from manifests.verification.looking import Fault, Look, digests_of, read_index, strangers

HISTORY_INDEX = "history.json"
_PRODUCERS = {
    "decisions": "python -m pipelines decide --data {data}",
    "ctpn_fit": "python -m model inspect --data {data} --no-detector",
    "detector": "python -m model inspect --data {data}",
}


def check_part(look: Look, path: Path) -> Iterator[Fault]:
    """The findings of one producer."""
    command = _PRODUCERS.get(path.stem)
    again = f"run `{command.format(data=look.data)}`" if command else "run what wrote it"
    yield from look.sealed(path, f"remove it and {again}")


def check_verdict(look: Look, path: Path) -> Iterator[Fault]:
    """checks.json, or the joined findings."""
    yield from look.sealed(path, f"run `python -m validation check --data {look.data}`")


def check_history(look: Look, folder: Path) -> Iterator[Fault]:
    """What is remembered of a manifest."""
    repair = (
        f"remove {folder}; the next `python -m validation check --data {look.data}` remembers the "
        "manifest anew"
    )
    yield from look.sealed(folder / HISTORY_INDEX, repair)
    info = read_index(folder / HISTORY_INDEX) or {}
    entries = [entry for entry in info.get("snapshots", []) if isinstance(entry, dict)]
    digests = digests_of({entry.get("images"): entry.get("sha256") for entry in entries})
    yield from look.listed(folder, digests, repair)
    if info:
        yield from strangers(folder, {HISTORY_INDEX, *(str(e.get("images")) for e in entries)})


def check_pages(look: Look, folder: Path, command: str) -> Iterator[Fault]:
    """A folder that carries the digests of its files; ``command`` makes it."""
    repair = f"run `{command}`"
    faults = list(look.sealed(folder / DIGESTS, repair))
    if any(fault.state == "missing" for fault in faults):
        faults = [Fault(folder, "unknown", "it carries no digests: an earlier version", repair)]
    yield from faults
    if not faults:
        try:
            digests = read_digests(folder)
        except (OSError, ValueError) as error:
            yield Fault(folder / DIGESTS, "damaged", str(error), repair)
            return
        yield from look.listed(folder, digests, repair)
        yield from strangers(folder, {DIGESTS, *digests})
