"""All findings together: of the checks here, and of the parts that others left below DATA."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from manifests.decisions import Decision
from manifests.findings import (
    FINDINGS,
    REPORT,
    SEVERITIES,
    TABLE,
    Code,
    Finding,
    Part,
    excess,
    find_parts,
    findings_table,
    open_findings,
    write_findings,
)
from manifests.judging import settle
from manifests.leaks import MIX_LEAKS
from manifests.reading import Manifest
from validation.checks import Check, find_checks
from validation.corpus import Corpus, open_corpus
from validation.history import keep_history

NO_STATISTICS = Code(
    "no_statistics",
    "note",
    "The pictures of a split were not measured: nobody looked for blurred ones, copies or leaks.",
    "Run `python -m pipelines statistics`.",
)
STALE = Code(
    "stale_findings",
    "note",
    "Findings of a producer were left out: the manifest has changed since it looked.",
    "Run the producer again.",
)
OWN_CODES = (NO_STATISTICS, STALE)
_RENEWED_BY = {
    "decisions": "python -m pipelines decide --data {data}",
    "ctpn_fit": "python -m model inspect --data {data} --no-detector",
    "detector": "python -m model inspect --data {data}",
}
_ROWS = 10_000
_TIES = ["dataset", "split", "image_id", "region_id", "other_image_id", "other_region_id"]


@dataclass(frozen=True)
class Found:
    """All findings, worst first, and what their codes mean. ``remarks``: what a person should know
    that is no finding."""

    table: pa.Table
    codes: dict[str, Code]
    path: Path
    remarks: tuple[str, ...] = ()

    def count(self, severity: str) -> int:
        """How many findings of one severity there are."""
        return int(pc.sum(pc.equal(self.table["severity"], severity)).as_py() or 0)

    def by_code(self) -> list[tuple[str, str, int]]:
        """(severity, code, how many), in the order of the table."""
        groups = self.table.group_by(["severity", "code"], use_threads=False)
        rows = groups.aggregate([([], "count_all")]).to_pylist()
        return [(row["severity"], row["code"], row["count_all"]) for row in rows]


def collect(data: Path, manifests: Sequence[Manifest], decisions: Sequence[Decision] = ()) -> Found:
    """Run every check, join the parts of others, write ``DATA/report/findings.parquet``, and
    remember the manifests for the next time.

    ``manifests``: those whose tables are what was published; ``decisions``: what persons said of
    findings and pairs. Raises UserError for a part that cannot be read.
    """
    corpus, checks, parts = open_corpus(data, manifests), find_checks(), find_parts(data)
    tables = [check_table(check, corpus) for check in checks]
    tables += [_current(part, corpus) for part in parts]
    tables.append(findings_table([*_unmeasured(corpus), *_stale(parts, corpus)]))
    described = [*OWN_CODES, MIX_LEAKS, *(code for check in checks for code in check.CODES)]
    described += [code for part in parts for code in part.codes]
    codes: dict[str, Code] = {}
    for code in described:
        codes.setdefault(code.code, code)
    table = settle(pa.concat_tables(tables), corpus.manifests, corpus.mixes, decisions)
    table = ordered(table)
    path = write_findings(
        data / REPORT / TABLE, table, _used(codes, table), dict(corpus.fingerprints)
    )
    remarks = keep_history(data, corpus.manifests, corpus.histograms)
    return Found(table, codes, path, tuple(remarks))


def known_codes(data: Path) -> set[str]:
    """Codes of findings that a check may make, or that stand below DATA. Raises UserError."""
    joined = data / REPORT / TABLE
    told: list[tuple[Code, ...]] = [OWN_CODES, (MIX_LEAKS,)]
    told += [check.CODES for check in find_checks()]
    told += [part.codes for part in find_parts(data)]
    if joined.is_file():
        told.append(open_findings(joined).codes)
    return {code.code for codes in told for code in codes}


def check_table(check: Check, corpus: Corpus) -> pa.Table:
    """A check's findings. Raises ValueError for one of a code that it does not describe."""
    known = {code.code for code in check.CODES}
    tables = [FINDINGS.empty_table()]
    findings = check.find(corpus)
    while batch := list(itertools.islice(findings, _ROWS)):
        unknown = {finding.code for finding in batch} - known
        if unknown:
            raise ValueError(f"{check.__name__} does not describe {', '.join(sorted(unknown))}")
        tables.append(findings_table(batch))
    return pa.concat_tables(tables)


def ordered(table: pa.Table) -> pa.Table:
    """Findings by severity and code, within a code the farthest from its threshold first; what is
    still equal by image and region."""
    ranks = pc.index_in(table["severity"], pa.array(SEVERITIES))
    keys = table.append_column("rank", ranks).append_column("excess", excess(table))
    sorting = [("rank", "ascending"), ("code", "ascending"), ("excess", "descending")]
    sorting += [(name, "ascending") for name in (*_TIES, "message")]
    return table.take(pc.sort_indices(keys, sorting)).combine_chunks()


def _used(codes: dict[str, Code], table: pa.Table) -> list[Code]:
    """Of the codes, by name, those in the table."""
    return [codes[name] for name in sorted(table["code"].unique().to_pylist())]


def _is_current(part: Part, name: str, corpus: Corpus) -> bool:
    return name in part.fingerprints and part.fingerprints[name] == corpus.fingerprints.get(name)


def _current(part: Part, corpus: Corpus) -> pa.Table:
    """The findings of a part on manifests that have not changed since."""
    names = pc.binary_join_element_wise(part.table["dataset"], part.table["split"], "/")
    known = [name for name in part.fingerprints if _is_current(part, name, corpus)]
    table = part.table.filter(pc.is_in(names, pa.array(known, pa.string())))
    return table.replace_schema_metadata(FINDINGS.metadata)


def _unmeasured(corpus: Corpus) -> Iterator[Finding]:
    for manifest in corpus.manifests:
        if manifest.name in corpus.without:
            why = corpus.without[manifest.name]
            yield NO_STATISTICS.finding(manifest.dataset, manifest.split, why)


def _stale(parts: Iterable[Part], corpus: Corpus) -> Iterator[Finding]:
    for part in parts:
        command = _RENEWED_BY.get(part.producer)
        how = f"`{command.format(data=corpus.data)}`" if command else "what wrote that file again"
        for name in sorted(part.fingerprints):
            if not _is_current(part, name, corpus):
                dataset, _, split = name.partition("/")
                message = (
                    f"the findings of {part.producer} on {name} are of an earlier manifest and "
                    f"were left out; run {how}"
                )
                yield STALE.finding(dataset, split, message)
