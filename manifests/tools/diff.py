"""``python -m manifests diff``: what changed between two versions of manifests."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.differences import KINDS, Differences, compare, gather
from manifests.errors import UserError
from manifests.reading import Manifest, find_manifests, read_manifest

LIMIT = 10


@dataclass(frozen=True)
class Compared:
    """One manifest in both versions; None where it is not in one."""

    name: str
    old: Manifest | None
    new: Manifest | None
    found: Differences

    @property
    def same(self) -> bool:
        """Whether there is nothing to tell."""
        both = self.old and self.new
        return bool(both) and not self.found.counts and self._fingerprints_agree()

    def _fingerprints_agree(self) -> bool:
        assert self.old and self.new
        return self.old.fingerprint == self.new.fingerprint

    def to_json(self) -> dict[str, Any]:
        """Fingerprints of both versions and what was found."""
        old, new = (m.fingerprint if m else None for m in (self.old, self.new))
        return {"name": self.name, "old": old, "new": new, **self.found.to_json()}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "diff",
        help="what changed from A to B: images and regions added, removed, moved, re-read",
        description="Compare two DATA folders (manifests of one name with each other), or two "
        "manifest folders. Images are matched by image_id; regions by what they are, then by "
        "likeness, so that a line put in does not make all that follow look moved. All changes "
        "are counted; the first few of each kind are listed. Exit status 0: no change; 1: changes.",
    )
    parser.add_argument("old", type=Path, metavar="A", help="DATA, or a folder with manifest.json")
    parser.add_argument("new", type=Path, metavar="B", help="the same, later")
    parser.add_argument(
        "--limit",
        type=int,
        default=LIMIT,
        metavar="N",
        help=f"list so many of each kind and manifest (default {LIMIT}; 0: counts alone)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the differences; 1 where there are any."""
    compared = []
    for name, old, new in pair_manifests(args.old, args.new):
        compared.append(compare_manifests(name, old, new, max(args.limit, 0)))
        if not args.json:
            print("\n".join(describe(compared[-1])), flush=True)
    if args.json:
        print(json.dumps([entry.to_json() for entry in compared], indent=2, ensure_ascii=False))
    return 0 if all(entry.same for entry in compared) else 1


def pair_manifests(old: Path, new: Path) -> list[tuple[str, Manifest | None, Manifest | None]]:
    """The manifests of two folders by name. Raises UserError where a folder has none."""
    if all((folder / "manifest.json").is_file() for folder in (old, new)):
        pair = read_manifest(old), read_manifest(new)
        return [(pair[1].name, *pair)]
    sides = [{m.name: m for m in find_manifests(folder)} for folder in (old, new)]
    for folder, side in zip((old, new), sides, strict=True):
        if not side:
            raise UserError(
                f"no manifest below {folder}; give two DATA folders, or two folders that have a "
                "manifest.json each"
            )
    return [
        (name, sides[0].get(name), sides[1].get(name)) for name in sorted({*sides[0], *sides[1]})
    ]


def compare_manifests(
    name: str, old: Manifest | None, new: Manifest | None, limit: int
) -> Compared:
    """Compare two versions of a manifest; files that are not as published are an error.

    Equal fingerprints mean equal rows, so nothing is read then.
    """
    both = [m for m in (old, new) if m]
    for manifest in both:
        manifest.verify()
    if len({m.fingerprint for m in both}) == 1 and len(both) == 2:
        return Compared(name, old, new, Differences())
    sides = [m.files("images") if m else [] for m in (old, new)]
    return Compared(name, old, new, gather(compare(*sides), limit))


def describe(compared: Compared) -> Iterator[str]:
    """The lines that a person reads."""
    if compared.same:
        yield f"{compared.name}: no change"
        return
    gone = " (new manifest)" if not compared.old else "" if compared.new else " (no longer there)"
    yield f"{compared.name}{gone}"
    counts = compared.found.counts
    for kind, meaning in KINDS.items():
        if counts[kind]:
            far = compared.found.farthest
            yield f"  {counts[kind]:>9,}  {meaning}" + (
                f", the farthest by {far:.1f} px" if kind == "regions_moved" else ""
            )
            listed = [change for change in compared.found.listed if change.kind == kind]
            yield from (f"             {change}" for change in listed)
            if listed and counts[kind] > len(listed):
                yield f"             and {counts[kind] - len(listed):,} more"
    if not counts:
        yield "             rows differ in what is not compared: file names, raw lines, formats"
