"""The last check: what it looked at, and what it said, so that it need not look again.

``DATA/state/check.json`` names everything a check depends on by digest. It is written last; where
one digest differs, or a result is not as it was left, the check is run.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from manifests.decisions import FOLDER
from manifests.findings import PARTS, REPORT, TABLE
from manifests.identity import combine, sha256_file
from manifests.mixes import FOLDER as MIXES
from manifests.program import HOME, code_digest, versions
from manifests.reading import RAW_ROOT, Manifest
from manifests.sealing import load_sealed, write_sealed
from manifests.statistics import statistics_folder

STATE = Path("state") / "check.json"
VERSION = 2
CHECKS, HISTORY = "checks.json", "history"
_LIBRARIES = ("great-expectations", "pandas", "numpy", "pyarrow")


@dataclass(frozen=True)
class Said:
    """What a check said. ``brief``, ``detailed``: without and with ``--details``; ``errors``,
    ``warnings``: of gate and findings together."""

    brief: str
    detailed: str
    errors: int
    warnings: int


def inputs(data: Path, manifests: Sequence[Manifest], decisions: Path | None) -> dict[str, str]:
    """Digests of all that a check depends on, by a name that a person knows it by."""
    modules = (f"validation.{_module(path)}" for path in sorted(_here().rglob("*.py")))
    found = {
        "the program": combine([code_digest(modules), *versions(*_LIBRARIES)]),
        "the mixes": _digest(MIXES.glob("*.y*ml")),
        "the decisions": _digest((decisions or FOLDER).glob("*.y*ml")),
        "the findings of others": _digest((data / PARTS).glob("*.parquet")),
    }
    for manifest in manifests:
        name = "/".join(manifest.folder.parts[-2:])
        listed = (
            manifest.folder / "manifest.json",
            manifest.folder / RAW_ROOT,
            *map(manifest.folder.joinpath, _names(manifest)),
        )
        found[f"the manifest {name}"] = _digest([*listed, *manifest.folder.glob("*.parquet")])
        statistics = statistics_folder(data, *name.split("/"))
        found[f"the statistics of {name}"] = _digest(statistics.glob("*.*"))
        found[f"the history of {name}"] = _digest((data / HISTORY / name).glob("*.*"))
    return found


def why_check(data: Path, now: dict[str, str]) -> tuple[str, Said | None]:
    """Why a check must be run; else an empty text, and what the last one said."""
    try:
        last = load_sealed(data / STATE, required=True)
        before, said = dict(last["inputs"]), Said(**last["said"])
        if last["version"] != VERSION or last["results"] != results(data):
            return "the last results are not there as they were left", None
    except FileNotFoundError:
        return "there was none", None
    except (OSError, ValueError, KeyError, TypeError):
        return "what is remembered of the last one cannot be read", None
    differ = sorted(
        name for name in before.keys() | now.keys() if before.get(name) != now.get(name)
    )
    if differ:
        more = f" and {len(differ) - 1:,} more" if len(differ) > 1 else ""
        return f"{differ[0]}{more} changed since the last one", None
    return "", said


def remember(data: Path, seen: dict[str, str], said: Said) -> None:
    """Keep what a check saw and said."""
    (data / STATE).parent.mkdir(parents=True, exist_ok=True)
    about = {"version": VERSION, "inputs": seen, "results": results(data), "said": asdict(said)}
    write_sealed(data / STATE, about)


def forget(data: Path) -> None:
    """To be called before a check changes the results."""
    (data / STATE).unlink(missing_ok=True)


def results(data: Path) -> str:
    """Digest of the results of a check."""
    return _digest(data / REPORT / name for name in (CHECKS, TABLE))


def _names(manifest: Manifest) -> list[str]:
    return [str(entry["name"]) for entry in manifest.info["files"]]


def _digest(paths: Iterable[Path]) -> str:
    """Of names and contents of files; of one that is not there its name alone."""
    return combine(
        part
        for path in sorted(set(paths))
        for part in (path.name, sha256_file(path) if path.is_file() else "")
    )


def _here() -> Path:
    return HOME / "validation"


def _module(path: Path) -> str:
    return ".".join(path.relative_to(_here()).with_suffix("").parts).removesuffix("__init__")
