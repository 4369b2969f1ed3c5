"""All that stands below DATA, artifact by artifact, and what killed runs left there."""

import fcntl
import functools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from manifests.findings import PARTS, REPORT, TABLE
from manifests.reading import MANIFESTS
from manifests.shardset import SHARDS
from manifests.statistics import STATISTICS
from manifests.undecided import UNDECIDED
from manifests.verification import findings, results, states, tables
from manifests.verification.looking import Fault, Look

Check = Callable[[Look, Path], Iterator[Fault]]
KNOWN = {
    *(MANIFESTS, UNDECIDED, SHARDS, STATISTICS, PARTS, REPORT),
    *("history", "runs", "evaluations", "thresholds", "logs", "predictions", states.STATE),
}
"""Names right below DATA."""
_LEFT = re.compile(
    r"\.(staging|retired|normalize|statistics|shard|decide|export|new)-.+|\..+\.([0-9a-f]{12}|\d+)"
)
_FINAL = re.compile(r"\.retired-(.+)-\w{12}")


@dataclass(frozen=True)
class Artifact:
    """Something that is whole or not. ``kind``: in the plural, for the totals."""

    kind: str
    path: Path
    check: Check


def artifacts(data: Path) -> list[Artifact]:
    """Everything below DATA that can be verified."""
    return [
        *_folders(data / MANIFESTS, "*/*", "manifests", tables.check_manifest),
        *_folders(data / UNDECIDED, "*/*", "manifests", tables.check_manifest),
        *_folders(data / STATISTICS, "*/*", "statistics", tables.check_statistics),
        *_folders(data / SHARDS, "*", "shards", tables.check_shards),
        *_folders(data / "history", "*/*", "histories", findings.check_history),
        *_files(data / PARTS, "*.parquet", "findings", findings.check_part),
        *_files(data / REPORT, TABLE, "findings", findings.check_verdict),
        *_files(data / REPORT, "checks.json", "checks", findings.check_verdict),
        *_pages(data),
        *_runs(data),
        *_evaluations(data),
        *_folders(data / states.STATE, "normalize/*/*", "states", states.check_split),
        *_files(data / states.STATE, states.CHECK, "states", states.check_check),
        *_files(data / "thresholds", "*.yaml", "thresholds", results.check_thresholds),
        *_files(data / "thresholds", "*.json", "thresholds", results.check_thresholds),
    ]


def strays(data: Path) -> Iterator[Fault]:
    """What stands right below DATA and is nothing of this project's."""
    for path in sorted(data.iterdir()):
        if path.name not in KNOWN and path.name != ".lock" and not _LEFT.fullmatch(path.name):
            yield Fault(path, "unknown", "nothing here writes it", "remove it if it is not yours")


def leftovers(data: Path) -> list[Path]:
    """Folders and files that killed runs left: no reader looks at them, and the next run of the
    same command removes them."""
    found = []
    for folder, folders, names in os.walk(data):
        left = sorted(name for name in (*folders, *names) if _LEFT.fullmatch(name))
        found += [Path(folder, name) for name in left]
        folders[:] = [name for name in folders if name not in left]
    return found


def taken_away(left: list[Path]) -> Iterator[Fault]:
    """What a kill between the two renames of a publication took away."""
    for path in left:
        match = _FINAL.fullmatch(path.name)
        final = path.parent / match[1] if match else path
        if match and not final.exists():
            why = f"a run was killed while it replaced it; its old version is {path}"
            repair = f"run the command again, or `mv {path} {final}`"
            yield Fault(final, "missing", why, repair)


def is_written_to(data: Path) -> bool:
    """Whether a run is writing below DATA now."""
    try:
        with (data / ".lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _folders(below: Path, pattern: str, kind: str, check: Check) -> list[Artifact]:
    hidden = re.compile(r"(^|/)\.")
    paths = (path for path in sorted(below.glob(pattern)) if path.is_dir())
    shown = (path for path in paths if not hidden.search(path.relative_to(below).as_posix()))
    return [Artifact(kind, path, check) for path in shown]


def _files(below: Path, pattern: str, kind: str, check: Check) -> list[Artifact]:
    paths = (path for path in sorted(below.glob(pattern)) if not path.name.startswith("."))
    return [Artifact(kind, path, check) for path in paths]


def _pages(data: Path) -> list[Artifact]:
    command = f"python -m validation report --data {data}"
    check = functools.partial(findings.check_pages, command=command)
    places = (data / REPORT / name for name in ("data_docs", "site"))
    return [Artifact("reports", path, check) for path in places if path.is_dir()]


def _runs(data: Path) -> list[Artifact]:
    found = _folders(data / "runs", "*", "runs", results.check_run)
    latest = data / "runs" / "latest.json"
    return found + ([Artifact("runs", latest, _latest)] if latest.exists() else [])


def _latest(look: Look, path: Path) -> Iterator[Fault]:
    yield from look.sealed(path, "remove it, and give --checkpoint where it was used")


def _evaluations(data: Path) -> list[Artifact]:
    """Those of runs, and of files that lie in a run's folder, which have a folder between."""
    folders = functools.partial(_folders, kind="evaluations", check=results.check_evaluation)
    of_runs = folders(data / "runs", "*/evaluations/*")
    found = (path.parent for path in (data / "runs").glob("*/evaluations/*/*/evaluation.json"))
    between = {path.parent for path in found}
    return [
        *folders(data / "evaluations", "*/*"),
        *(artifact for artifact in of_runs if artifact.path not in between),
        *(it for path in sorted(between) for it in folders(path, "*")),
    ]
