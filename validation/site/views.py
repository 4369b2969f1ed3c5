"""What stands on each page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from manifests.findings import LEAK_CODES
from manifests.pages.words import slug
from manifests.vocabulary import REASON_MEANING
from validation import console
from validation.facts import Facts
from validation.site import published
from validation.site.cards import PER_PAGE, Card, page_of, pages_of
from validation.site.changes import changes
from validation.site.charts import Chart, chart
from validation.site.collect import Collected
from validation.site.docs import card
from validation.site.measures import MEASURES
from validation.site.mixes import Held, leaking
from validation.site.ranked import Ranked
from validation.verdict import Outcome, Subject, Verdict

CHANGED = "changed_"
"""Codes of what changed in a manifest since it was last another begin so."""
LEAKS_SHOWN = 24
Page = tuple[str, str, dict[str, Any]]
"""Address relative to the report's folder, template, values."""


@dataclass(frozen=True)
class Material:
    """All that the pages are made of. ``docs``: suite -> page of Data Docs, relative to the
    report's folder. ``broken``: manifest -> why its tables could not be read."""

    data: Path
    verdict: Verdict
    facts: tuple[Facts, ...]
    collected: dict[str, Collected]
    broken: dict[str, str]
    ranked: Ranked
    cards: dict[str, list[Card]]
    mixes: list[Held]
    docs: Mapping[str, PurePosixPath]
    summary: dict[str, Any]
    per_code: int


@dataclass(frozen=True)
class Failure:
    """A rule of the gate that does not hold: where, in words, and its page of Data Docs."""

    subject: Subject
    outcome: Outcome
    docs: str | None

    @property
    def samples(self) -> list[tuple[str, str]]:
        """The first failing rows: where from, and what was wrong."""
        outcome = self.outcome
        return [
            (console.place(sample, outcome.location), console.values(outcome, sample))
            for sample in outcome.samples
        ]


def dataset_page(name: str) -> str:
    """Where the page of ``<dataset>/<split>`` stands."""
    return f"site/datasets/{slug(name)}.html"


def pages(material: Material) -> Iterator[Page]:
    """Every page of the site."""
    common = _common(material)
    yield "index.html", "overview.html", {**common, **_overview(material)}
    for entry in material.facts:
        values = {**common, **_dataset(material, entry)}
        yield dataset_page(entry.name), "dataset.html", values
    yield "site/search.html", "search.html", common
    yield "site/distributions.html", "distributions.html", {**common, **_distributions(material)}
    yield "site/mixes.html", "mixes.html", {**common, **_mixes(material)}
    for kind in material.ranked.kinds:
        cards = material.cards[kind.code.code]
        for number in range(1, pages_of(kind) + 1):
            yield (
                page_of(kind.code.code, number),
                "findings.html",
                {
                    **common,
                    "kind": kind,
                    "cards": cards[(number - 1) * PER_PAGE : number * PER_PAGE],
                    "number": number,
                    "first": (number - 1) * PER_PAGE,
                    "pages": [page_of(kind.code.code, k + 1) for k in range(pages_of(kind))],
                },
            )


def _common(material: Material) -> dict[str, Any]:
    return {
        "verdict": material.verdict,
        "facts": material.facts,
        "ranked": material.ranked,
        "data": str(material.data),
        "per_code": material.per_code,
        "stale": stale(material.ranked, material.facts),
        "dataset_page": dataset_page,
        "page_of": page_of,
        "search": search_address,
    }


def search_address(**filters: str) -> str:
    """The search page with filters set: ``code``, ``manifest``, ``severity``."""
    return "site/search.html#" + "&".join(f"{name}={value}" for name, value in filters.items())


def stale(ranked: Ranked, facts: tuple[Facts, ...]) -> list[str]:
    """The manifests of which the findings tell another state, or nothing."""
    if not ranked.known:
        return []
    return [
        entry.name
        for entry in facts
        if ranked.fingerprints.get(entry.manifest.name) != entry.manifest.fingerprint
    ]


def _overview(material: Material) -> dict[str, Any]:
    subjects = {subject.name: subject for subject in material.verdict.manifests}
    return {
        "subjects": subjects,
        "failures": failures(material, material.verdict.subjects),
        "changed": changed_cards(material),
        "changes": changes(material.summary),
        "reasons": [row for entry in material.facts for row in reasons(entry)],
        "broken": material.broken,
    }


def changed_cards(material: Material, manifest: str | None = None) -> list[Card]:
    """What changed, of one manifest or of all: what is told of whole splits first."""
    found = [
        each
        for code, mine in material.cards.items()
        if code.startswith(CHANGED)
        for each in mine
        if manifest in (None, each.manifest)
    ]
    return sorted(found, key=lambda each: each.finding.image_id is not None)


def failures(material: Material, subjects: tuple[Subject, ...]) -> list[Failure]:
    """The failed rules of some subjects, errors first."""
    return [
        Failure(subject, outcome, _docs(material, outcome.suite))
        for severity in ("error", "warning")
        for subject in subjects
        for outcome in subject.failures(severity)
    ]


def reasons(entry: Facts) -> list[tuple[str, str, str, str, int]]:
    """Manifest, what, reason, meaning and rows of don't-care and quarantine."""
    meaning = {str(reason): text for reason, text in REASON_MEANING.items()}
    ignored = [(entry.name, "don't-care", why, "", n) for why, n in sorted(entry.dont_care.items())]
    refused = [
        (entry.name, f"quarantined {kind}", why, meaning.get(why, ""), n)
        for (kind, why), n in sorted(entry.refused.items())
    ]
    return ignored + refused


def _dataset(material: Material, entry: Facts) -> dict[str, Any]:
    collected = material.collected.get(entry.name)
    (subject,) = (s for s in material.verdict.manifests if s.name == entry.name)
    info = entry.manifest.info
    return {
        "entry": entry,
        "info": info,
        "subject": subject,
        "problem": material.broken.get(entry.name),
        "lines": published.lines(entry),
        "source_lines": published.source_lines(entry),
        "source": (info.get("published") or {}).get("source", ""),
        "kinds": material.ranked.of(entry.name),
        "changed": changed_cards(material, entry.name),
        "charts": charts(collected) if collected else [],
        "quarantine": quarantine(entry, collected),
        "failures": failures(material, (subject,)),
        "suites": [(o, _docs(material, s)) for s, o in _suites(subject).items()],
        "siblings": [f.name for f in material.facts if _is_sibling(f, entry)],
        "card": card(entry.manifest),
        "held": [held for held in material.mixes if any(p.name == entry.name for p in held.parts)],
    }


def charts(collected: Collected) -> list[Chart]:
    """The charts of a manifest, of every measure that has values."""
    found = (chart(collected.histograms[measure.key]) for measure in MEASURES)
    return [each for each in found if each]


def quarantine(
    entry: Facts, collected: Collected | None
) -> list[tuple[str, str, str, int, list[dict[str, Any]]]]:
    """Kind, reason, its meaning, how many rows, and the first of them; most rows first."""
    meaning = {str(reason): text for reason, text in REASON_MEANING.items()}
    examples = collected.examples if collected else {}
    return [
        (kind, why, meaning.get(why, ""), number, examples.get((kind, why), []))
        for (kind, why), number in sorted(entry.refused.items(), key=lambda e: (-e[1], e[0]))
    ]


def _suites(subject: Subject) -> dict[str, str]:
    return {outcome.suite: outcome.table for outcome in subject.outcomes}


def _docs(material: Material, suite: str) -> str | None:
    return material.docs[suite].as_posix() if suite in material.docs else None


def _is_sibling(other: Facts, entry: Facts) -> bool:
    return other.manifest.dataset == entry.manifest.dataset and other.name != entry.name


def _distributions(material: Material) -> dict[str, Any]:
    rows = []
    for measure in MEASURES:
        found = [
            (name, chart(collected.histograms[measure.key]))
            for name, collected in material.collected.items()
        ]
        if present := [(name, each) for name, each in found if each]:
            rows.append((measure, present))
    return {"rows": rows}


def _mixes(material: Material) -> dict[str, Any]:
    leaks = [found for code in LEAK_CODES for found in material.cards.get(code, [])]
    shown = {
        held.mix.name: [c for c in leaks if leaking([held.mix], c.finding)][:LEAKS_SHOWN]
        for held in material.mixes
    }
    return {"mixes": material.mixes, "leaks": shown}
