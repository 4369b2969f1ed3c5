"""Decisions applied to published manifests: images dropped, regions made don't-care.

A manifest that no decision concerns is not touched. One that is concerned is made anew from what
``normalize`` published, in parts of a thousand images, and replaced as a whole.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from manifests.decisions import FOLDER, Decision, Verdict, digest_decisions, load_decisions
from manifests.errors import UserError
from manifests.evidence import CODES, look_up, unfit, unfit_finding
from manifests.findings import PARTS, Finding, findings_table, write_part
from manifests.findings import Part as FindingsPart
from manifests.lock import writing_lock
from manifests.publish import publishing, recover, scratch_folder
from manifests.reading import MANIFESTS, RAW_ROOT, Manifest, find_manifests, require_manifests
from manifests.undecided import (
    DECISIONS,
    forget_undecided,
    is_decided,
    keep_undecided,
    restore_undecided,
    undecided,
)
from manifests.writing import assemble
from pipelines.changes import Changes, check_closed

DECIDE_VERSION = 1
PRODUCER = "decisions"
_CHANGING = (Verdict.DROP_IMAGE, Verdict.IGNORE_REGION)
_COMPUTED = ("schema_version", "fingerprint", "quarantine_digest", "ledger", "files", DECISIONS)


def decide(data: Path, folder: Path | None = None, strict: bool = False) -> list[str]:
    """Apply the decisions of a folder to the manifests below DATA; a line for each thing done.

    A decision that fits nothing any more is told, is a finding, and is not applied; with ``strict``
    it is a UserError, and nothing is changed.
    """
    decisions = load_decisions(folder)
    with writing_lock(data), scratch_folder(data, "decide") as scratch:
        said = [f"{path}: put back what a killed run left" for path in _recover(data)]
        manifests = require_manifests(data)
        if not decisions and not any(map(is_decided, manifests)):
            _clean(data, manifests)
            return [*said, f"no decisions in {folder or FOLDER}: nothing to do"]
        before = {manifest.name: undecided(data, manifest) for manifest in manifests}
        fitting, faults = _sort_out(decisions, before)
        if strict and faults:
            listed = "\n".join(f"  {finding.message}" for finding in faults)
            raise UserError(f"decisions that cannot be applied:\n{listed}")
        for manifest in manifests:
            mine = _of(manifest, fitting)
            said.append(_settle(data, manifest, before[manifest.name], mine, scratch))
        said += [f"not applied: {finding.message}" for finding in faults]
        said += _absent(decisions, before)
        _finish(data, faults)
    return [line for line in said if line] or ["the manifests are as decided: nothing to do"]


def explain(data: Path, folder: Path | None = None) -> list[str]:
    """What ``decide`` would do, and why; nothing is written."""
    decisions, manifests = load_decisions(folder), require_manifests(data)
    if not decisions and not any(map(is_decided, manifests)):
        return [f"no decisions in {folder or FOLDER}: nothing to do"]
    fitting, faults = _sort_out(decisions, {it.name: undecided(data, it) for it in manifests})
    said = [
        f"{manifest.name}: would be made anew, because its decisions changed"
        for manifest in manifests
        if not _is_settled(manifest, _of(manifest, fitting))
    ]
    said += [f"would not be applied: {finding.message}" for finding in faults]
    return said or ["the manifests are as decided: nothing to do"]


def _recover(data: Path) -> list[Path]:
    parents = sorted((data / MANIFESTS).glob("[!.]*"))
    return [path for parent in parents if parent.is_dir() for path in recover(parent)]


def _sort_out(
    decisions: Sequence[Decision], before: dict[str, Manifest]
) -> tuple[list[Decision], list[Finding]]:
    """The decisions that fit, and findings about those that do not. Those about datasets that are
    not there at all are neither."""
    here = [entry for entry in decisions if all(s.manifest in before for s in entry.subjects)]
    digests = look_up(before.values(), (name for entry in here for name in entry.ids))
    fitting, faults = [], []
    for entry in here:
        fault = unfit(entry, digests)
        if fault is None:
            fitting.append(entry)
        else:
            faults.append(unfit_finding(entry, *fault))
    return fitting, faults


def _absent(decisions: Sequence[Decision], before: dict[str, Manifest]) -> list[str]:
    """A word about decisions on manifests that are not there: other data, or a name misspelt."""
    absent = Counter(
        next(s.manifest for s in entry.subjects if s.manifest not in before)
        for entry in decisions
        if not all(s.manifest in before for s in entry.subjects)
    )
    return [f"{name}: no manifest here, {n} decisions wait" for name, n in sorted(absent.items())]


def _of(manifest: Manifest, decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that change this manifest."""
    mine = (entry for entry in decisions if entry.subjects[0].manifest == manifest.name)
    return [entry for entry in mine if entry.verdict in _CHANGING]


def _is_settled(manifest: Manifest, mine: Iterable[Decision]) -> bool:
    return bool(manifest.info.get(DECISIONS, {}).get("digest", "") == digest_decisions(mine))


def _settle(
    data: Path, manifest: Manifest, before: Manifest, mine: list[Decision], scratch: Path
) -> str:
    """Bring one manifest to what decisions make of it; what was done, empty for nothing."""
    wanted = digest_decisions(mine)
    if _is_settled(manifest, mine):
        return ""
    before.verify()
    if not mine:
        restore_undecided(data, manifest)
        return f"{manifest.name}: decisions were withdrawn; as it was normalized"
    if not is_decided(manifest):
        keep_undecided(data, manifest)
    folder = scratch / manifest.dataset / manifest.split
    folder.mkdir(parents=True)
    with publishing(manifest.folder) as staging:
        changes = Changes(mine)
        parts = list(changes.parts(before, folder))
        about = {key: value for key, value in before.info.items() if key not in _COMPUTED}
        section = {"version": DECIDE_VERSION, "digest": wanted, **changes.describe(before)}
        info = assemble(folder, parts, staging, {**about, DECISIONS: section})
        check_closed(before.info, info)
        if (before.folder / RAW_ROOT).is_file():
            shutil.copyfile(before.folder / RAW_ROOT, staging / RAW_ROOT)
    return f"{manifest.name}: {changes.summary()}"


def _finish(data: Path, faults: list[Finding]) -> None:
    """Write the findings, and remove copies that no manifest needs."""
    manifests = find_manifests(data)
    _clean(data, manifests)
    if faults:
        about = {f"{fault.dataset}/{fault.split}" for fault in faults}
        prints = {m.name: m.fingerprint for m in manifests if m.name in about}
        write_part(data, FindingsPart(PRODUCER, findings_table(faults), CODES, prints))


def _clean(data: Path, manifests: Iterable[Manifest]) -> None:
    (data / PARTS / f"{PRODUCER}.parquet").unlink(missing_ok=True)
    for manifest in manifests:
        if not is_decided(manifest):
            forget_undecided(data, manifest)
