"""The findings, read in batches: how many there are of each kind, and the worst of them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from manifests.findings import LEAK_CODES, SEVERITIES, Code, Finding, excess, open_findings

BATCH_ROWS = 50_000
_NAME = ("code", "dataset", "split")
Name = tuple[str, str]
"""Code, and ``<dataset>/<split>``."""


@dataclass
class Kind:
    """All findings of one code. ``shown``: the worst, of every manifest a fair share."""

    code: Code
    counts: Counter[str] = field(default_factory=Counter)
    shown: tuple[Finding, ...] = ()

    @property
    def total(self) -> int:
        """How many findings there are of this code."""
        return self.counts.total()


@dataclass
class Ranked:
    """``severities``: how many findings of each. ``fingerprints``: of the manifests as they were
    when the findings were made. ``known``: there is a file of findings at all."""

    kinds: tuple[Kind, ...] = ()
    severities: Counter[str] = field(default_factory=Counter)
    fingerprints: dict[str, str] = field(default_factory=dict)
    known: bool = False

    def of(self, manifest: str) -> list[tuple[Kind, int]]:
        """The kinds found in one manifest, with how many of each."""
        return [(kind, kind.counts[manifest]) for kind in self.kinds if kind.counts[manifest]]

    @property
    def shown(self) -> Iterator[Finding]:
        """Every finding that has a place in the pages."""
        return (finding for kind in self.kinds for finding in kind.shown)


def read_ranked(
    path: Path, cap: int, on_leak: Callable[[Finding], None] = lambda _: None
) -> Ranked:
    """The findings at ``path``, at most ``cap`` of each code among them shown; ``on_leak`` is
    called with every leak.

    Raises UserError for a file that holds no findings.
    """
    if not path.is_file():
        return Ranked()
    about = open_findings(path)
    counts: Counter[Name] = Counter()
    severities: Counter[str] = Counter()
    best: dict[Name, list[tuple[float, int, dict[str, Any]]]] = {}
    first, leaks = 0, pa.array(LEAK_CODES)
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH_ROWS):
            table = pa.Table.from_batches([batch])
            for found in pc.value_counts(table["severity"]).to_pylist():
                severities[found["values"]] += found["counts"]
            _add(table, first, cap, counts, best)
            for row in table.filter(pc.is_in(table["code"], leaks)).to_pylist():
                on_leak(Finding(**row))
            first += len(table)
    order = {severity: rank for rank, severity in enumerate(SEVERITIES)}
    codes = sorted(about.codes, key=lambda c: (order.get(c.severity, len(order)), c.code))
    kinds = (_kind(code, cap, counts, best) for code in codes)
    found = tuple(kind for kind in kinds if kind.total)
    return Ranked(found, severities, about.fingerprints, True)


def badness(table: pa.Table) -> np.ndarray:
    """(N,) ``excess`` as numbers to sort by: -1 where there is none."""
    distance = excess(table).to_numpy(zero_copy_only=False).astype(float)
    return np.nan_to_num(distance, nan=-1.0, posinf=float(np.finfo(float).max))


def fair_share(sizes: dict[str, int], cap: int) -> dict[str, int]:
    """How many of each take part, ``cap`` in all: as many of each, and what the small ones leave
    over goes to the others."""
    share: dict[str, int] = {}
    left = cap
    for number, name in enumerate(sorted(sizes, key=lambda name: (sizes[name], name))):
        waiting = len(sizes) - number
        share[name] = min(sizes[name], left // waiting if waiting > 1 else left)
        left -= share[name]
    return share


def _add(
    table: pa.Table,
    first: int,
    cap: int,
    counts: Counter[Name],
    best: dict[Name, list[tuple[float, int, dict[str, Any]]]],
) -> None:
    """Count a batch whose first row is number ``first``, and keep its worst rows."""
    bad = badness(table)
    for places in _by_name(table, -bad):
        code, dataset, split = (table[key][int(places[0])].as_py() for key in _NAME)
        name = code, f"{dataset}/{split}"
        counts[name] += len(places)
        worst = places[:cap]
        taken = table.take(worst).to_pylist()
        new = zip((-bad[worst]).tolist(), (first + worst).tolist(), taken, strict=True)
        best[name] = sorted([*best.get(name, []), *new], key=lambda e: e[:2])[:cap]


def _by_name(table: pa.Table, rank: np.ndarray) -> list[np.ndarray]:
    """The rows of each name, names as they come, rows by rank and place."""
    names = pc.binary_join_element_wise(*(table[key] for key in _NAME), "\0").combine_chunks()
    groups = names.dictionary_encode().indices.to_numpy()
    order = np.lexsort((rank, groups))
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else []


def _kind(
    code: Code,
    cap: int,
    counts: Counter[Name],
    best: dict[Name, list[tuple[float, int, dict[str, Any]]]],
) -> Kind:
    mine = {manifest: n for (name, manifest), n in counts.items() if name == code.code}
    share = fair_share({m: len(best[code.code, m]) for m in mine}, cap)
    worst = [entry for m, number in share.items() for entry in best[code.code, m][:number]]
    shown = tuple(Finding(**row) for _, _, row in sorted(worst, key=lambda e: e[:2]))
    return Kind(code, Counter(mine), shown)
