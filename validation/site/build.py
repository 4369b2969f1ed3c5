"""Build the report: ``DATA/report/index.html`` and ``DATA/report/site``."""

import json
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pyarrow as pa

from manifests.digests import write_digests
from manifests.findings import REPORT, TABLE, Finding
from manifests.mixes import Mix, load_known_mixes
from manifests.pages.writing import copy_assets, environment, write_page
from manifests.publish import publishing, write_json
from manifests.storage.address import Root
from validation.facts import Facts
from validation.site import changes, views
from validation.site.cards import make_cards, search_rows
from validation.site.collect import Collected, collect
from validation.site.mixes import held, leaking
from validation.site.pages import ASSETS, TEMPLATES
from validation.site.ranked import read_ranked
from validation.site.shots import shots
from validation.site.thumbs import make_thumbs
from validation.site.views import Material
from validation.verdict import Verdict

SITE = "site"
THUMBS = "thumbs"
INDEX = "index.html"
PER_CODE = 72
"""Findings of one code that are shown."""


@dataclass(frozen=True)
class Options:
    """``raw``: where the pictures are, if not where the manifests say. ``per_code``: how many
    findings of each code are shown."""

    raw: Root | None = None
    per_code: int = PER_CODE


def build(
    data: Path,
    verdict: Verdict,
    facts: Sequence[Facts],
    docs: Mapping[str, PurePosixPath],
    options: Options,
) -> Path:
    """Write the pages; returns the front page.

    The folder ``site`` is published as a whole, and the front page right after it; a build that is
    killed leaves the last report.
    """
    folder = data / REPORT
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f".{INDEX}.*"):
        left.unlink(missing_ok=True)
    front = folder / f".{INDEX}.{uuid.uuid4().hex[:12]}"
    try:
        with publishing(folder / SITE) as staging:
            material = _gather(data, verdict, facts, docs, options, staging / THUMBS)
            copy_assets(ASSETS, staging / "assets")
            _write(material, staging)
            (staging / INDEX).replace(front)
            write_digests(staging, {f"../{INDEX}": front})
        front.replace(folder / INDEX)
    finally:
        front.unlink(missing_ok=True)
    return folder / INDEX


def _gather(
    data: Path,
    verdict: Verdict,
    facts: Sequence[Facts],
    docs: Mapping[str, PurePosixPath],
    options: Options,
    folder: Path,
) -> Material:
    found = load_known_mixes()
    leaks: dict[str, Counter[str]] = {mix.name: Counter() for mix in found}

    def count_leak(finding: Finding) -> None:
        for name in leaking(found, finding):
            leaks[name][finding.severity] += 1

    ranked = read_ranked(data / REPORT / TABLE, options.per_code, count_leak)
    wanted = [shot for finding in ranked.shown for shot in shots(finding)]
    collected, broken = _walk(facts, {shot.image_id for shot in wanted}, found)
    rows = {name: row for entry in collected.values() for name, row in entry.rows.items()}
    thumbs = make_thumbs(wanted, rows, _roots(facts, options.raw), folder)
    prints = {entry.name: entry.manifest.fingerprint for entry in facts}
    last = data / REPORT / SITE / changes.SUMMARY
    summary = changes.summary(changes.state(facts, ranked), prints, last)
    return Material(
        data=data,
        verdict=verdict,
        facts=tuple(facts),
        collected=collected,
        broken=broken,
        ranked=ranked,
        cards=make_cards(ranked, thumbs),
        mixes=held(found, collected, leaks),
        docs=docs,
        summary=summary,
        per_code=options.per_code,
    )


def _walk(
    facts: Sequence[Facts], wanted: Collection[str], mixes: Sequence[Mix]
) -> tuple[dict[str, Collected], dict[str, str]]:
    """What was collected of each manifest, and why that of others was not."""
    collected: dict[str, Collected] = {}
    broken = {entry.name: entry.problem for entry in facts if entry.problem is not None}
    for entry in facts:
        if entry.problem is None:
            try:
                collected[entry.name] = collect(entry.manifest, wanted, mixes)
            except (OSError, pa.ArrowException) as error:
                broken[entry.name] = str(error)
    return collected, broken


def _roots(facts: Sequence[Facts], raw: Root | None) -> Callable[[str], Root]:
    """Image id -> raw root. The function raises UserError where a manifest does not say."""
    manifests = {entry.manifest.name: entry.manifest for entry in facts}
    return lambda image_id: raw or manifests[image_id.rpartition("/")[0]].raw_root


def _write(material: Material, staging: Path) -> None:
    """All pages and the data of the search, below the folder that becomes ``site``."""
    templates = environment(TEMPLATES)
    for page, template, values in views.pages(material):
        path = staging / page.removeprefix(f"{SITE}/")
        write_page(templates, path, page, template, values)
    rows = json.dumps(search_rows(material.cards), separators=(",", ":"))
    (staging / "findings.js").write_text(f"window.FINDINGS={rows};\n", encoding="ascii")
    write_json(staging / changes.SUMMARY, material.summary)
