"""Manifests to MindRecord shards: which mixes must be made, of each which files, and why.

What is up to date is found without Beam and MindSpore, which are imported when there is something
to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.mixes import Mix, known_mixes, load_mix
from manifests.pages.words import plural
from manifests.publish import sweep_scratch
from manifests.reading import find_manifests, require_manifests
from manifests.sealing import write_sealed
from manifests.shardset import INDEX, ShardSet, open_shards, recipe_key, shard_folder
from manifests.storage.address import Root
from manifests.storage.mirror import address_of
from pipelines.shard_plan import Plan, found_members, plan_shards, recipe_inputs


@dataclass(frozen=True)
class Build:
    """A mix whose shards must be built, and why. ``standing``: the set that is there, of which
    files may stay; None where none may."""

    mix: Mix
    plan: Plan
    key: str
    why: str
    standing: ShardSet | None = None

    @property
    def images(self) -> int:
        """Images in all shards together."""
        return sum(len(rows) for rows in self.plan.shards)

    @property
    def numbers(self) -> list[int]:
        """The shards that hold anything: MindRecord warns of an empty file whenever it is read."""
        return [number for number, rows in enumerate(self.plan.shards) if rows]

    @property
    def last(self) -> tuple[str, tuple[int, int]]:
        """The folder of the set that stands there, and what its pages were made to hold."""
        if self.standing is None:
            return "", (0, 0)
        totals, rows = zip(
            *(entry["at_most"] for entry in self.standing.info["files"]), strict=True
        )
        return address_of(self.standing.folder), (max(totals), max(rows))

    @property
    def stay(self) -> int:
        """How many files hold already what they are to hold."""
        if self.standing is None:
            return 0
        there = {entry["name"]: entry["key"] for entry in self.standing.info["files"]}
        names = (f"{self.mix.name}.mindrecord{number}" for number in self.numbers)
        keys = (self.plan.keys[number] for number in self.numbers)
        return sum(there.get(name) == key for name, key in zip(names, keys, strict=True))

    def planned(self) -> str:
        """``would write 1 of 4 shards, because ...``."""
        count = len(self.numbers)
        return f"would write {count - self.stay} of {plural(count, 'shard')}, because {self.why}"

    def told(self) -> str:
        """``900 images in 4 shards, 3 of them as they were, because ...``."""
        stay = f", {self.stay} of them as they were" if self.stay else ""
        shards = plural(len(self.numbers), "shard")
        return f"{plural(self.images, 'image')} in {shards}{stay}, because {self.why}"


@dataclass(frozen=True)
class Found:
    """``said``: a line for each mix; ``builds``: those that must be built; ``current``: those whose
    shards are up to date."""

    said: list[str]
    builds: list[Build]
    current: list[Mix]

    def planned(self) -> list[str]:
        """``said`` as of what is yet to be done."""
        builds = {build.mix.name: build.planned() for build in self.builds}
        names = (line.partition(":")[0] for line in self.said)
        lines = zip(names, self.said, strict=True)
        return [f"{name}: {builds[name]}" if name in builds else line for name, line in lines]


def shard(
    data: Path,
    mixes: Sequence[str] = (),
    raw: Root | None = None,
    force: bool = False,
    beam_options: Sequence[str] = (),
) -> list[str]:
    """Bring the shards of mixes up to date; a line for each says what was done and why.

    Without ``mixes``: of every mix of the project that has a manifest at all. A mix that is asked
    for by name and has none is a UserError.
    """
    with writing_lock(data):
        sweep_scratch(data, "shard")
        found = find(data, mixes, force)
        for mix in found.current:
            _note_allowed(data, mix)
        if found.builds:
            from pipelines.shard_set import write

            write(data, found.builds, raw, beam_options)
    return found.said


def find(data: Path, mixes: Sequence[str] = (), force: bool = False) -> Found:
    """What would be done; nothing is written. Raises as ``shard``."""
    loaded = [load_mix(name) for name in mixes or known_mixes()]
    names = [mix.name for mix in loaded]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UserError(
            f"two mixes have the name {twice[0]}; their shards would be the same folder"
        )
    if not mixes:
        require_manifests(data)
    found = Found([], [], [])
    for mix in loaded:
        _find_one(data, mix, force, found, bool(mixes))
    return found


def _find_one(data: Path, mix: Mix, force: bool, found: Found, asked: bool) -> None:
    members, absent = found_members(data, mix)
    if not members:
        if asked:
            raise UserError(_nothing_found(data, mix, absent))
        found.said.append(f"{mix.name}: skipped, no manifest of {', '.join(absent)}")
        return
    key = recipe_key(mix, recipe_inputs(members))
    standing, why = _standing(data, mix, key)
    note = f" (without {', '.join(absent)}: no manifest)" if absent else ""
    if why is None and not force:
        found.current.append(mix)
        found.said.append(f"{mix.name}: shards are up to date{note}")
        return
    for _, manifest in members:
        manifest.verify()
    plan = plan_shards(mix, members, absent)
    why, standing = ("it was asked for", None) if force else (why, standing)
    build = Build(mix, plan, key, str(why), standing)
    found.builds.append(build)
    found.said.append(f"{mix.name}: {build.told()}{note}")


def _nothing_found(data: Path, mix: Mix, absent: list[str]) -> str:
    there = ", ".join(manifest.name for manifest in find_manifests(data))
    return (
        f"the mix {mix.name} has no manifest below {data}: none of {', '.join(absent)} is "
        f"there{f', but {there}' if there else ''}; run `python -m pipelines normalize` on a raw "
        "root that holds one of them"
    )


def _standing(data: Path, mix: Mix, key: str) -> tuple[ShardSet | None, str | None]:
    """The shards of which files may stay, if any; why they must be built, None where they need
    not."""
    if not (shard_folder(data, mix.name) / INDEX).is_file():
        return None, "there were none"
    try:
        shards = open_shards(data, mix.name)
        _ = [(entry["key"], *entry["at_most"]) for entry in shards.info["files"]]
        if shards.key != key:
            return shards, "the mix or one of its manifests changed"
        shards.verify()
    except (UserError, KeyError, TypeError):
        return None, "those there are damaged or of another version"
    return shards, None


def _note_allowed(data: Path, mix: Mix) -> None:
    """Bring the index of shards that are up to date to the pairs that the mix allows now."""
    info = open_shards(data, mix.name).info
    if info.get("allow_pairs", []) != _allowed(mix):
        write_sealed(shard_folder(data, mix.name) / INDEX, info | {"allow_pairs": _allowed(mix)})


def _allowed(mix: Mix) -> list[dict[str, Any]]:
    return [pair.to_json() for pair in mix.allow_pairs]
