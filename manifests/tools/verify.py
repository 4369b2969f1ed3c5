"""``python -m manifests verify``: is everything below DATA what was written?"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from manifests.errors import UserError
from manifests.pages.words import plural, visible
from manifests.storage.mirror import place_of
from manifests.verification.everything import (
    Artifact,
    artifacts,
    is_written_to,
    leftovers,
    strays,
    taken_away,
)
from manifests.verification.looking import STATES, Fault, Look

_THREADS = 4
"""Hashing lets others compute; more than a few disks do not like."""


@dataclass
class Verified:
    """What a verification found."""

    data: Path
    artifacts: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)
    leftovers: list[Path] = field(default_factory=list)
    writing: bool = False

    def count(self, state: str) -> int:
        """How many faults of a state there are."""
        return sum(fault.state == state for fault in self.faults)

    @property
    def is_whole(self) -> bool:
        """Nothing is damaged or missing."""
        return not self.count("damaged") and not self.count("missing")

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "data": str(self.data),
            "whole": self.is_whole,
            "artifacts": dict(self.artifacts),
            "files": self.files,
            "bytes": self.bytes,
            **{state: self.count(state) for state in STATES},
            "faults": [
                {"path": str(f.path), "state": f.state, "why": f.why, "repair": f.repair}
                for f in self.faults
            ],
            "leftovers": [str(path) for path in self.leftovers],
            "writing": self.writing,
        }


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "verify",
        help="check everything below DATA by its digests; say what is damaged, and what repairs it",
        description="Read every file below DATA and compare it with the digest that was written "
        "with it: manifests (with the ledger against the tables), statistics, shards, findings, "
        "checks, history, what is remembered of the last runs, reports, runs with their "
        "checkpoints, evaluations, thresholds. A line for each that is damaged, missing or unknown "
        "(it carries no digest, or nothing here wrote it), with the command that makes it again. "
        "What killed runs left behind is named too; it is harmless. Exit status: 0 nothing is "
        "damaged or missing; 1 something is.",
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder to look through")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify, print what was found."""
    found = verify(args.data, progress=not args.json)
    if args.json:
        said = json.dumps(found.to_json(), indent=2)
    else:
        said = "\n".join(visible(line) for line in describe(found))
    print(said.replace(str(args.data), str(place_of(args.data))))
    return 0 if found.is_whole else 1


def verify(data: Path, progress: bool = False) -> Verified:
    """Look through everything below DATA. Raises UserError where it is no folder."""
    if not data.is_dir():
        raise UserError(f"{data} is not a folder; give the one that holds manifests/")
    found = Verified(data, leftovers=leftovers(data), writing=is_written_to(data))
    wanted = artifacts(data)
    total = sum(_size(artifact.path) for artifact in wanted)
    with tqdm(
        desc="verify", total=total, unit="B", unit_scale=True, disable=None if progress else True
    ) as bar:
        look = Look(data, bar.update)
        with ThreadPoolExecutor(_THREADS) as pool:
            for artifact, faults in zip(wanted, pool.map(_checker(look), wanted), strict=True):
                found.artifacts[artifact.kind] += 1
                found.faults += faults
    found.faults += [*strays(data), *taken_away(found.leftovers)]
    found.files, found.bytes = look.files, look.bytes
    return found


def describe(found: Verified) -> Iterator[str]:
    """The lines that a person reads."""
    for fault in found.faults:
        yield f"{fault.state:<8} {fault.path}: {fault.why}; {fault.repair}"
    if found.leftovers:
        yield from _left(found.leftovers)
    if found.writing:
        yield "a run is writing here now; what it replaces may be missing until it ends"
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.artifacts.items()) or "nothing"
    yield f"{kinds}: {plural(found.files, 'file')}, {found.bytes / 1e6:,.1f} MB"
    yield ", ".join(f"{found.count(state)} {state}" for state in STATES)


def _left(paths: Sequence[Path]) -> Iterable[str]:
    yield f"harmless: {plural(len(paths), 'thing')} that killed runs left, which no reader looks at"
    for path in paths:
        yield f"  {path}"


def _checker(look: Look) -> Any:
    def check(artifact: Artifact) -> list[Fault]:
        return list(artifact.check(look, artifact.path))

    return check


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
