"""The worst of many findings, so that a list for a person stays one, and memory does not grow."""

import heapq
from collections.abc import Hashable, Iterable, Iterator

from manifests.findings import Finding

MOST = 1_000
"""Findings of one kind that are kept of a split: more than anyone looks at."""


class Worst:
    """Keeps the ``most`` worst findings of each group; of equals the earlier ones."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._groups: dict[Hashable, list[tuple[float, int, Finding]]] = {}
        self._order = 0

    def add(self, group: Hashable, badness: float, finding: Finding) -> None:
        """``badness``: the greater, the worse."""
        self._order -= 1
        heap = self._groups.setdefault(group, [])
        if len(heap) < self._most:
            heapq.heappush(heap, (badness, self._order, finding))
        else:
            heapq.heappushpop(heap, (badness, self._order, finding))

    def __iter__(self) -> Iterator[Finding]:
        """Group after group, the worst first."""
        for heap in self._groups.values():
            yield from (finding for _, _, finding in sorted(heap, key=_worst_first))


def _worst_first(entry: tuple[float, int, Finding]) -> tuple[float, int]:
    return -entry[0], -entry[1]


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """Findings by code, in alphabetical order."""
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.code] = counts.get(finding.code, 0) + 1
    return dict(sorted(counts.items()))
