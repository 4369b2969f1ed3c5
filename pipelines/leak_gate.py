"""No shards of a mix that leaks, unless a person says so."""

from collections.abc import Sequence
from pathlib import Path

from manifests.errors import UserError
from manifests.leak_check import LeakCheck, check_leaks
from manifests.mixes import known_mixes, load_mix
from pipelines.shard_plan import found_members


def refuse_leaks(
    data: Path, mixes: Sequence[str] = (), folder: Path | None = None, allow: bool = False
) -> list[str]:
    """Warnings about the mixes that are to be made (all of the project unless told otherwise).

    ``folder``: of decisions. Raises UserError for mixes that leak, unless that is allowed.
    """
    checks = [check for mix in mixes or known_mixes() for check in _check(data, mix, folder)]
    leaking = [check for check in checks if check.leaks]
    if leaking and not allow:
        raise UserError("\n".join([*(check.told() for check in leaking), leaking[0].advice()]))
    warnings = [check.warning() for check in leaking]
    unchecked: dict[str, list[str]] = {}
    for check in checks:
        if check.unchecked:
            unchecked.setdefault(check.unchecked, []).append(check.mix)
    said = (f"not checked for leaks: {', '.join(names)}; {why}" for why, names in unchecked.items())
    return [*warnings, *said]


def _check(data: Path, name: str, folder: Path | None) -> list[LeakCheck]:
    """The answer for a mix; none where it has no manifest."""
    mix = load_mix(name)
    found, _ = found_members(data, mix)
    members = {manifest.name: manifest.fingerprint for _, manifest in found}
    return [check_leaks(data, mix, members, folder)] if found else []
