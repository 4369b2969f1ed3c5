"""Run every suite over every manifest below DATA and collect what they say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationValidationResult

from manifests.findings import REPORT
from manifests.mixes import load_known_mixes
from manifests.reading import Manifest
from manifests.sealing import write_sealed
from validation.engine import Engine, failing_columns
from validation.facts import Facts, gather, summary_frame
from validation.frames import image_frames, quarantine_frames, region_frames
from validation.rules import Suite
from validation.suites import (
    corpus_suite,
    images_suite,
    mixes_suite,
    quarantine_suite,
    regions_suite,
    summary_suite,
)
from validation.twins import Twins, find_twins
from validation.verdict import Outcome, Subject, Verdict

CHECKS = "checks.json"
CORPUS = "corpus"


@dataclass(frozen=True)
class Checked:
    """One suite after its run: what Great Expectations makes its pages of."""

    suite: Suite
    results: tuple[ExpectationValidationResult, ...]


@dataclass(frozen=True)
class Run:
    """A run of the gate."""

    verdict: Verdict
    facts: tuple[Facts, ...]
    checked: tuple[Checked, ...]
    engine: Engine


def run(data: Path, manifests: Sequence[Manifest]) -> Run:
    """Check all manifests and write ``DATA/report/checks.json``."""
    facts = [gather(manifest) for manifest in manifests]
    twins = find_twins([f.manifest for f in facts if f.problem is None])
    engine = Engine()
    checked = [_check_manifest(engine, f, twins) for f in facts]
    corpus = _check_corpus(engine, facts)
    subjects = tuple(map(_subject, facts, checked))
    verdict = Verdict(subjects, Subject(CORPUS, "", 0, 0, 0, _outcomes(corpus)))
    (data / REPORT).mkdir(parents=True, exist_ok=True)
    write_sealed(data / REPORT / CHECKS, verdict.to_json())
    suites = [entry for entries in (*checked, corpus) for entry in entries]
    return Run(verdict, tuple(facts), tuple(suites), engine)


def mix_frame(facts: Iterable[Facts]) -> pd.DataFrame:
    """One row a member of a mix: ``mix``, ``dataset``, ``split``, and the ``images`` that its
    manifest keeps (null where there is no manifest)."""
    images = {f.manifest.name: f.images for f in facts}
    rows = [
        (mix.name, m.dataset, m.split, images.get(f"{m.dataset}/{m.split}"))
        for mix in load_known_mixes()
        for m in mix.members
    ]
    frame = pd.DataFrame(rows, columns=["mix", "dataset", "split", "images"])
    texts = dict.fromkeys(("mix", "dataset", "split"), "str")
    return frame.astype({**texts, "images": "Int64"})


def _check_manifest(engine: Engine, facts: Facts, twins: Twins) -> tuple[Checked, ...]:
    """The suites of a manifest; its summary alone where its tables cannot be trusted."""
    checked = [_check(engine, summary_suite(facts), [summary_frame(facts)])]
    if facts.problem is None:
        manifest = facts.manifest
        checked += [
            _check(engine, images_suite(facts), image_frames(manifest, twins)),
            _check(engine, regions_suite(facts), region_frames(manifest, twins)),
            _check(engine, quarantine_suite(facts), quarantine_frames(manifest)),
        ]
    return tuple(checked)


def _check_corpus(engine: Engine, facts: Sequence[Facts]) -> tuple[Checked, ...]:
    members = mix_frame(facts)
    total = pd.DataFrame({"images": [sum(f.images for f in facts)]})
    return (
        _check(engine, corpus_suite(), [total]),
        _check(engine, mixes_suite(len(members)), [members]),
    )


def _check(engine: Engine, suite: Suite, frames: Iterable[pd.DataFrame]) -> Checked:
    return Checked(suite, tuple(engine.validate(suite, frames)))


def _subject(facts: Facts, checked: Iterable[Checked]) -> Subject:
    return Subject(
        facts.name,
        facts.manifest.fingerprint,
        facts.images,
        facts.regions,
        facts.refused.total(),
        _outcomes(checked),
    )


def _outcomes(checked: Iterable[Checked]) -> tuple[Outcome, ...]:
    return tuple(_outcome(c.suite, result) for c in checked for result in c.results)


def _outcome(suite: Suite, result: ExpectationValidationResult) -> Outcome:
    meta, found = result.expectation_config.meta, result.result
    columns = tuple(failing_columns(result))
    samples = tuple(found.get("unexpected_index_list", ()))
    if not columns:
        columns, samples = _row_count(result)
    return Outcome(
        suite=suite.name,
        table=suite.table,
        rule=meta["rule"],
        says=meta["says"],
        wants=meta["wants"],
        severity=meta["severity"],
        passed=bool(result.success),
        checked=found.get("element_count", found.get("observed_value", 0)),
        failed=found.get("unexpected_count", int(not result.success)),
        columns=columns,
        location=suite.location,
        samples=samples,
    )


def _row_count(
    result: ExpectationValidationResult,
) -> tuple[tuple[str, ...], tuple[dict[str, int], ...]]:
    """A row count fails as a whole: its sample is the two counts."""
    counts = {"expected": result.expectation_config.kwargs["value"], **result.result}
    return tuple(counts), () if result.success else (counts,)
