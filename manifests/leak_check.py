"""Whether the mixes of a DATA folder leak: pairs from its findings, less what persons judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from manifests.decisions import Decision, Verdict, load_decisions
from manifests.errors import UserError
from manifests.evidence import look_up, unfit
from manifests.findings import LEAK_CODES, REPORT, TABLE, Finding, read_findings
from manifests.leaks import (
    TEST,
    Holder,
    Leaks,
    Pair,
    candidates,
    find_leaks,
    is_training,
    manifest_of,
    pairs_of,
)
from manifests.mixes import Mix
from manifests.reading import Manifest, find_manifests

UNMEASURED = "no_statistics"
"""Code of the finding about a split in which no copies were looked for."""
SHOWN, KEPT = 5, 100
"""So many pairs are said, and so many stand in a lineage; all are in the report."""


@dataclass(frozen=True)
class LeakCheck:
    """The answer for one mix. ``leaks`` is None where the question could not be asked, and
    ``unchecked`` says why."""

    data: Path
    mix: str
    leaks: Leaks | None
    unchecked: str = ""

    def require_none(self, allow: bool) -> None:
        """Raise UserError, with the pairs and their pages, where the mix leaks."""
        if self.leaks and not allow:
            raise UserError(self.refusal())

    def warning(self) -> str:
        """What a person should know who goes on all the same; empty where there is nothing."""
        if self.leaks is None:
            return f"the mix {self.mix} was not checked for leaks: {self.unchecked}"
        if self.leaks:
            return f"the mix {self.mix} leaks, which was allowed: {'; '.join(self._listed())}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """For a lineage: ``state`` is none, allowed or unchecked."""
        if self.leaks is None:
            return {"state": "unchecked", "why": self.unchecked}
        if not self.leaks:
            return {"state": "none", "judged": self.leaks.judged}
        pairs = [[p.image_id, p.other, p.code] for p in self.leaks.pairs[:KEPT]]
        return {
            "state": "allowed",
            "judged": self.leaks.judged,
            "count": len(self.leaks.pairs),
            "pairs": pairs,
            "tests": list(self.leaks.tests),
            **({"unchecked": self.unchecked} if self.unchecked else {}),
        }

    def refusal(self) -> str:
        """Which pairs leak, on which page, and what to do."""
        return f"{self.told()}\n{self.advice()}"

    def told(self) -> str:
        """Which pairs leak, on which page."""
        return "\n".join([f"the mix {self.mix} leaks:", *(f"  {line}" for line in self._listed())])

    def advice(self) -> str:
        """What to do about it."""
        leaks, lines = self.leaks, []
        if leaks and leaks.pairs:
            first, second = leaks.pairs[0].image_id, leaks.pairs[0].other
            decide = "python -m validation decide"
            rest = f"--data {self.data} --because TEXT"
            lines += [
                "Drop the image, or say that they are two pictures, then run `make data` again:",
                f"  {decide} drop-image {first} {rest}",
                f"  {decide} not-a-leak {first} {second} {rest}",
            ]
        if leaks and leaks.tests:
            lines.append("Take the test split out of the mix.")
        return "\n".join([*lines, "--allow-leaks goes on all the same."])

    def _listed(self) -> list[str]:
        leaks = self.leaks
        assert leaks is not None
        lines = [f"it trains on the test split {name}" for name in leaks.tests]
        lines += [self._pair(pair) for pair in leaks.pairs[:SHOWN]]
        more = len(leaks.pairs) - SHOWN
        return [*lines, *([f"and {more:,} pairs more"] if more > 0 else [])]

    def _pair(self, pair: Pair) -> str:
        page = finding_page(self.data, pair.code)
        how = f" (made by `python -m validation report --data {self.data}`)"
        how = "" if page.is_file() else how
        return f"{pair.image_id} and {pair.other} of a test split, {pair.code}: {page}{how}"


def finding_page(data: Path, code: str) -> Path:
    """The page of the report that shows the findings of a code."""
    return data / REPORT / "site" / f"finding-{code}.html"


def check_leaks(
    data: Path, mix: Mix, members: Mapping[str, str], folder: Path | None = None
) -> LeakCheck:
    """Whether a mix leaks, by the findings below DATA.

    ``members``: ``<dataset>/<split>`` -> fingerprint, of what the mix is made from; ``folder``: of
    decisions, the project's unless told otherwise. Findings count only if they are of these
    manifests and of the test splits as they are now. Raises UserError for files that cannot be
    read.
    """
    if not is_training(mix):
        return LeakCheck(data, mix.name, Leaks(mix.name))
    pairs = current_pairs(data, members, LEAK_CODES)
    if isinstance(pairs, str):
        tests = find_leaks(mix, [])  # a test split in the mix needs no findings to be seen
        return LeakCheck(data, mix.name, tests or None, pairs)
    decisions = load_decisions(folder)
    return LeakCheck(data, mix.name, judge_mix(mix, pairs, find_manifests(data), decisions))


def current_pairs(data: Path, members: Mapping[str, str], codes: Sequence[str]) -> list[Pair] | str:
    """The pairs that the findings below DATA hold; or why these cannot be relied on."""
    path = data / REPORT / TABLE
    again = f"run `python -m validation check --data {data}`"
    if not path.is_file():
        return f"there is no {path}; {again}"
    found = read_findings(path, [*codes, UNMEASURED])
    tests = {m.name: m.fingerprint for m in find_manifests(data) if m.split == TEST}
    wanted = {**tests, **members}
    stale = sorted(name for name in wanted if found.fingerprints.get(name) != wanted[name])
    if stale:
        return f"{path} is of other manifests of {', '.join(stale)}; {again}"
    blank = found.table.filter(pc.equal(found.table["code"], UNMEASURED))
    places = zip(blank["dataset"].to_pylist(), blank["split"].to_pylist(), strict=True)
    unseen = sorted({f"{dataset}/{split}" for dataset, split in places} & set(wanted))
    if unseen:
        measure = f"run `python -m pipelines statistics --data {data}`, then the check"
        return f"nobody looked for copies of the pictures of {', '.join(unseen)}; {measure}"
    return pairs_of(found.table, codes)


def judge_mix(
    mix: Mix, pairs: Iterable[Pair], manifests: Sequence[Manifest], decisions: Iterable[Decision]
) -> Leaks:
    """The leaks of a mix among pairs, less those that persons have judged."""
    near = candidates(mix, pairs)
    holder = Holder(mix)
    doubtful = {pair.image_id for pair in near if holder.depends_on_care(pair.image_id)}
    allowed = judged_pairs({pair.ids for pair in near}, manifests, decisions)
    return find_leaks(mix, near, allowed, _care(manifests, doubtful))


def mix_findings(
    mixes: Iterable[Mix],
    table: pa.Table,
    manifests: Sequence[Manifest],
    decisions: Sequence[Decision],
) -> list[Finding]:
    """Findings ``mix_leaks`` of all mixes, from a table of findings about these very manifests."""
    pairs = pairs_of(table)
    leaks = (judge_mix(mix, pairs, manifests, decisions) for mix in mixes)
    here = {manifest.name for manifest in manifests}
    found = (finding for leak in leaks for finding in leak.findings())
    return [finding for finding in found if f"{finding.dataset}/{finding.split}" in here]


def judged_pairs(
    pairs: Iterable[frozenset[str]], manifests: Iterable[Manifest], decisions: Iterable[Decision]
) -> set[frozenset[str]]:
    """Those of the pairs that are no leaks by decisions that still fit."""
    wanted = set(pairs)
    judged = [
        decision
        for decision in decisions
        if decision.verdict is Verdict.NOT_A_LEAK and frozenset(decision.ids) in wanted
    ]
    digests = look_up(manifests, [name for decision in judged for name in decision.ids])
    return {frozenset(entry.ids) for entry in judged if unfit(entry, digests) is None}


def _care(manifests: Iterable[Manifest], images: set[str]) -> dict[str, int]:
    """Care regions of some images."""
    of = {manifest_of(name) for name in images}
    return {
        name: care
        for manifest in manifests
        if manifest.name in of
        for name, care in manifest.care_counts()
        if name in images
    }
