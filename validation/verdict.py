"""What the gate found, as plain data: for the table on the screen, for the pages, for machines."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """One rule over one table.

    ``says``: what holds where it passes; ``wants``: the same in columns and numbers. ``checked``
    and ``failed`` count rows. ``samples``: the first failing rows; ``location`` and
    ``columns`` say which of their keys tell where the row comes from, and what was wrong with it.
    """

    suite: str
    table: str
    rule: str
    says: str
    wants: str
    severity: str
    passed: bool
    checked: int
    failed: int
    columns: tuple[str, ...]
    location: tuple[str, ...]
    samples: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Subject:
    """Everything found about one manifest (or about the corpus, whose fingerprint is empty)."""

    name: str
    fingerprint: str
    images: int
    regions: int
    quarantined: int
    outcomes: tuple[Outcome, ...]

    def failures(self, severity: str) -> list[Outcome]:
        """The failed rules of one severity."""
        return [o for o in self.outcomes if not o.passed and o.severity == severity]


@dataclass(frozen=True)
class Verdict:
    """All manifests, and the corpus that they make."""

    manifests: tuple[Subject, ...]
    corpus: Subject

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The manifests and the corpus."""
        return (*self.manifests, self.corpus)

    @property
    def state(self) -> str:
        """``failed`` on any error, else ``warned`` on any warning, else ``passed``."""
        if self.count("error"):
            return "failed"
        return "warned" if self.count("warning") else "passed"

    def count(self, severity: str) -> int:
        """How many rules of one severity failed."""
        return sum(len(subject.failures(severity)) for subject in self.subjects)

    def to_json(self) -> dict[str, Any]:
        """As ``checks.json`` holds it: every rule in short, failed ones with their samples."""
        return {
            "state": self.state,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "manifests": [_subject(subject) for subject in self.manifests],
            "corpus": _subject(self.corpus),
        }


def _subject(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        "fingerprint": subject.fingerprint,
        "images": subject.images,
        "regions": subject.regions,
        "quarantined": subject.quarantined,
        "errors": len(subject.failures("error")),
        "warnings": len(subject.failures("warning")),
        "rules": list(_rules(subject.outcomes)),
    }


def _rules(outcomes: Iterable[Outcome]) -> Iterable[dict[str, Any]]:
    for outcome in outcomes:
        entry = asdict(outcome)
        if outcome.passed:
            for key in ("columns", "location", "samples"):
                del entry[key]
        yield entry
