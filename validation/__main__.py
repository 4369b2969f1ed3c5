"""``python -m validation check|report|decide``: the gate and the findings, their pages, and what a
person decides.

The gate holds what must be true of the tables; findings are about the data behind them. Both are
written below DATA/report: checks.json, findings.parquet.

Exit status: 0 nothing to stop for; 1 errors (with ``--fail-on warning``, warnings too); 2 it could
not run.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.decisions import Decision, load_decisions
from manifests.ending import status_of
from manifests.errors import UserError, require_docstrings
from manifests.findings import REPORT
from manifests.lock import writing_lock
from manifests.reading import Manifest, find_manifests, require_manifests
from manifests.storage.edge import FINDINGS, MANIFESTS, Needs, settled
from validation import deciding, remembered

if TYPE_CHECKING:  # Great Expectations is imported when its time has come
    from validation.findings import Found
    from validation.gate import Run

FAILED = 1
NEEDS = Needs(
    (*MANIFESTS, *FINDINGS, "state/*"), ("findings/*", "history/*", "report/*", "state/*")
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status."""
    options = build_parser().parse_args(arguments)

    def work() -> int:
        require_docstrings()
        with settled(options, NEEDS):
            return int(options.run(options))

    return status_of(work)


def _check(options: argparse.Namespace) -> int:
    manifests = find_manifests(options.data)
    if options.explain and not manifests:
        print("check: would be run, once there are manifests")
        return 0
    manifests = require_manifests(options.data)
    seen = remembered.inputs(options.data, manifests, options.decisions)
    why, said = remembered.why_check(options.data, seen)
    if options.explain:
        print(f"check: would be run, because {why}" if why else f"check: {_NOTHING}")
        return 0
    if said is None or options.full:
        said = _check_anew(options, manifests, seen)
    else:
        print(f"{_NOTHING}; it said:")
    print(said.detailed if options.details else said.brief)
    stopping = said.errors + said.warnings * (options.fail_on == "warning")
    return FAILED if stopping else 0


_NOTHING = "nothing has changed since the last check"


def _check_anew(
    options: argparse.Namespace, manifests: list[Manifest], seen: dict[str, str]
) -> remembered.Said:
    _require_writable(options.data / REPORT)
    decisions = load_decisions(options.decisions)
    from validation import gate

    with writing_lock(options.data):
        remembered.forget(options.data)
        run = gate.run(options.data, manifests)
        found = _findings(options.data, run, decisions)
    said = remembered.Said(
        _said(options.data, run, found, details=False),
        _said(options.data, run, found, details=True),
        *(run.verdict.count(kind) + found.count(kind) for kind in ("error", "warning")),
    )
    if not found.remarks:  # what could not be written must be told again
        now = remembered.inputs(options.data, manifests, options.decisions)
        history = {name: digest for name, digest in now.items() if name.startswith("the history")}
        remembered.remember(options.data, seen | history, said)
    return said


def _said(data: Path, run: "Run", found: "Found", details: bool) -> str:
    from validation import console, gate

    lines = [console.render(run.verdict, details)]
    if run.verdict.count("warning") and not details:
        lines.append(
            "warnings stop nothing; --details, or `python -m validation report`, shows their rows"
        )
    return "\n".join(
        [*lines, f"results: {data / REPORT / gate.CHECKS}", "", *console.findings(found)]
    )


def _report(options: argparse.Namespace) -> int:
    manifests, decisions = _manifests(options.data), load_decisions(options.decisions)
    from validation import console, gate
    from validation.report import build
    from validation.site.build import Options

    with writing_lock(options.data):
        run = gate.run(options.data, manifests)
        found = _findings(options.data, run, decisions)
        index = build(options.data, run, Options(options.raw, options.per_code))
    print(console.summary(run.verdict))
    print(console.findings_summary(found))
    print(f"pages: {index}")
    return 0


def _decide(options: argparse.Namespace) -> int:
    print(deciding.decide(options))
    return 0


def _findings(data: Path, run: "Run", decisions: Sequence[Decision]) -> "Found":
    """Of the manifests whose tables can be trusted; the gate has told of the others."""
    from validation.findings import collect

    trusted = [facts.manifest for facts in run.facts if facts.problem is None]
    found = collect(data, trusted, decisions)
    for remark in found.remarks:
        print(f"warning: {remark}", file=sys.stderr)
    return found


def _manifests(data: Path) -> list[Manifest]:
    """Looked up before Great Expectations is imported: nothing there is said at once."""
    found = require_manifests(data)
    _require_writable(data / REPORT)
    return found


def _require_writable(folder: Path) -> None:
    """Raises UserError where the results could not be written, before there are any."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(
            f"cannot write to {folder} ({error.strerror}); free it, or copy what DATA holds, "
            "without shards and runs, to a folder that can be written, and give that as --data"
        ) from error


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="check manifests and pictures; errors give status 1")
    check.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="error",
        help="what gives status 1 (default: error)",
    )
    check.add_argument(
        "--details", action="store_true", help="show the rows that break a rule for warnings too"
    )
    check.add_argument(
        "--full", action="store_true", help="check again, even where nothing has changed"
    )
    check.add_argument(
        "--explain", action="store_true", help="say whether it would check and why, and do nothing"
    )
    report = commands.add_parser(
        "report",
        help="build the pages: DATA/report/index.html",
        description="Build the pages over the manifests, the gate and the findings of `check`: one "
        "static site that opens from disk, DATA/report/index.html.",
    )
    report.add_argument(
        "--raw", type=Path, metavar="RAW", help="folder of the pictures, if they moved"
    )
    report.add_argument(
        "--per-code",
        type=_positive,
        default=72,
        metavar="N",
        help="findings of each code that are shown, the worst of every dataset (default: 72)",
    )
    check.set_defaults(run=_check)
    report.set_defaults(run=_report)
    for command in (check, report):
        command.add_argument(
            "--data", type=Path, required=True, metavar="DATA", help="folder that holds manifests/"
        )
        command.add_argument(
            "--decisions",
            type=Path,
            metavar="FOLDER",
            help="folder of decisions, *.yaml (default: validation/decisions of the project)",
        )
    deciding.add_parser(commands).set_defaults(run=_decide)
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
