"""The front page of the report: plain HTML, no scripts, everything in one file.

The ledger of every manifest, what is in quarantine and why, what the gate said, and links to the
pages of each suite.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import PurePosixPath

from manifests.vocabulary import REASON_MEANING
from validation.console import place, summary, values
from validation.facts import Facts
from validation.verdict import Outcome, Subject, Verdict

Links = Mapping[str, PurePosixPath]
"""Suite name -> address of its page, relative to the front page."""

_LEDGER = (
    "manifest",
    "images seen",
    "kept",
    "quarantined",
    "regions seen",
    "care",
    "don't-care",
    "quarantined",
    "errors",
    "warnings",
    "fingerprint",
    "pages",
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 88rem; padding: 0 1rem;
  color: #1d1f21; background: #fff }
table { border-collapse: collapse; margin: .5rem 0 1.5rem }
th, td { border: 1px solid #d5d8dc; padding: .25rem .6rem; text-align: right; vertical-align: top }
th { background: #f1f3f5; font-weight: 600 }
td.text, th.text { text-align: left; overflow-wrap: break-word }
code { font-size: 13px }
.state { padding: .6rem 1rem; border-radius: .3rem; font-weight: 600 }
.passed { background: #d9f2e0 } .warned { background: #fff1c9 } .failed { background: #fbdcd9 }
.error { color: #b42318; font-weight: 600 } .warning { color: #8a5a00; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  body { color: #e4e6e8; background: #16181a } th { background: #25282b }
  th, td { border-color: #3a3e42 } a { color: #7ab7ff } .state { color: #1d1f21 }
  .error { color: #ff8a80 } .warning { color: #ffc861 }
}
"""


def render(verdict: Verdict, facts: Sequence[Facts], links: Links, home: str) -> str:
    """The whole page; ``home``: address of the index of Data Docs."""
    body = [
        "<h1>Manifests</h1>",
        f'<p class="state {verdict.state}">{escape(summary(verdict))}</p>',
        f'<p><a href="{escape(home)}">All suites and results</a> (Data Docs)</p>',
        "<h2>Ledger</h2>",
        _ledger(verdict, facts, links),
        "<h2>Don't-care and quarantine, by reason</h2>",
        _reasons(facts),
        "<h2>Rules that failed</h2>",
        *_failures(verdict, links),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Manifests: {verdict.state}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _ledger(verdict: Verdict, facts: Sequence[Facts], links: Links) -> str:
    rows = [
        _ledger_row(subject, entry, links)
        for subject, entry in zip(verdict.manifests, facts, strict=True)
    ]
    return _table(_LEDGER, rows, text={0, 10, 11})


def _ledger_row(subject: Subject, facts: Facts, links: Links) -> list[str]:
    counts = (
        facts.seen("images"),
        facts.images,
        facts.refused_of("image").total(),
        facts.seen("regions"),
        facts.care,
        facts.dont_care.total(),
        facts.refused_of("region").total(),
    )
    failed = [_severity(len(subject.failures(kind)), kind) for kind in ("error", "warning")]
    pages = {outcome.suite: outcome.table for outcome in subject.outcomes}
    return [
        escape(subject.name),
        *(f"{count:,}" for count in counts),
        *failed,
        f"<code>{escape(subject.fingerprint[:12])}</code>",
        " ".join(_link(links, suite, table) for suite, table in pages.items()),
    ]


def _reasons(facts: Iterable[Facts]) -> str:
    rows = []
    for entry in facts:
        name = escape(entry.manifest.name)
        for reason, count in sorted(entry.dont_care.items()):
            rows.append([name, "don't-care", escape(reason), "", f"{count:,}"])
        for (kind, reason), count in sorted(entry.refused.items()):
            meaning = {str(known): text for known, text in REASON_MEANING.items()}.get(reason, "")
            rows.append(
                [name, f"quarantined {escape(kind)}", escape(reason), escape(meaning), f"{count:,}"]
            )
    if not rows:
        return "<p>None.</p>"
    return _table(("manifest", "what", "reason", "meaning", "rows"), rows, text={0, 1, 2, 3})


def _failures(verdict: Verdict, links: Links) -> list[str]:
    found = [
        _failure(subject, outcome, links)
        for severity in ("error", "warning")
        for subject in verdict.subjects
        for outcome in subject.failures(severity)
    ]
    return found or ["<p>None.</p>"]


def _failure(subject: Subject, outcome: Outcome, links: Links) -> str:
    heading = (
        f'<h3><span class="{outcome.severity}">{outcome.severity}</span> '
        f"{escape(subject.name)} {_link(links, outcome.suite, outcome.table)}: "
        f"{escape(outcome.rule)}</h3>"
    )
    says = escape(f"{outcome.says} ({outcome.wants})")
    count = f"{outcome.failed:,} of {outcome.checked:,} rows break it."
    rows = [
        [escape(place(sample, outcome.location)), escape(values(outcome, sample))]
        for sample in outcome.samples
    ]
    return f"{heading}\n<p>{says}. {count}</p>\n{_table(('where', 'value'), rows, text={0, 1})}"


def _link(links: Links, suite: str, text: str) -> str:
    return f'<a href="{escape(str(links[suite]))}">{escape(text)}</a>'


def _severity(count: int, kind: str) -> str:
    return f'<span class="{kind}">{count}</span>' if count else "0"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], text: set[int]) -> str:
    """Cells are HTML already; ``text``: the columns that hold words, not numbers."""
    lines = ["<tr>" + "".join(_cells("th", map(escape, headings), text)) + "</tr>"]
    lines += ["<tr>" + "".join(_cells("td", row, text)) + "</tr>" for row in rows]
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _cells(tag: str, cells: Iterable[str], text: set[int]) -> Iterable[str]:
    for column, cell in enumerate(cells):
        kind = ' class="text"' if column in text else ""
        yield f"<{tag}{kind}>{cell}</{tag}>"
