"""Results of an earlier run, told apart from the files of others."""

import json
from collections.abc import Iterator
from pathlib import Path

from manifests.errors import UserError
from model.files import read_object

PREDICTIONS, SKIPPED, OVERLAYS, RRC, ABOUT = (
    "predictions.jsonl",
    "skipped.jsonl",
    "overlays",
    "rrc",
    "about.json",
)
REPLACING = ".replacing.json"
"""Names of the old results and the new, while the ones take the others' places: a run that is
killed meanwhile leaves it as the list of what is its own."""
PREDICT = "python -m model predict"
_MAKERS = "python -m model "


def maker_of(folder: Path) -> str | None:
    """The command of this project whose results a folder holds; None where it holds none."""
    try:
        maker = read_object(folder / ABOUT).get("made_by")
    except (OSError, ValueError):
        return None
    return maker if isinstance(maker, str) and maker.startswith(_MAKERS) else None


def check_folder(out: Path, maker: str = PREDICT, more: tuple[str, ...] = ()) -> None:
    """Raise UserError where ``out`` is no folder, or what a run replaces in it is not what an
    earlier run's list says that it wrote. maker, more: as for ``folder.writing_results``."""
    if out.exists() and not out.is_dir():
        raise UserError(f"--out {out} is a file; give a folder")
    names = (PREDICTIONS, SKIPPED, OVERLAYS, RRC, ABOUT, *more)
    there = [name for name in names if (out / name).exists() or (out / name).is_symlink()]
    if there and maker_of(out) != maker:
        raise _foreign(out, there[0], maker)
    lists = [name for name in (PREDICTIONS, REPLACING) if (out / name).exists()]
    written = {
        entry for name in names_in(out, maker) for entry in (f"{name}.jpg", f"res_{name}.txt")
    }
    for folder in (out / OVERLAYS, out / RRC):
        for path in folder.iterdir() if folder.is_dir() else ():
            if not lists:
                raise _unlisted(out, f"{folder.name}/{path.name}")
            if path.name not in written:
                raise _foreign(out, f"{folder.name}/{path.name}", maker)


def names_in(out: Path, maker: str = PREDICT) -> Iterator[str]:
    """The names of results that the lists in ``out`` tell. Raises UserError where one is none."""
    if (out / PREDICTIONS).exists():
        try:
            with (out / PREDICTIONS).open(encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)["name"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _foreign(out, PREDICTIONS, maker) from error
    if (out / REPLACING).exists():
        try:
            yield from read_object(out / REPLACING)["names"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _foreign(out, REPLACING, maker) from error


def _foreign(out: Path, name: str, maker: str) -> UserError:
    return UserError(
        f"{out} holds {name}, which no `{maker.split()[-1]}` wrote there and which would be lost; "
        "give another --out, or move it away"
    )


def _unlisted(out: Path, name: str) -> UserError:
    return UserError(
        f"{out} has no {PREDICTIONS}, the list of what an earlier run wrote, so {name} may be "
        "somebody's; give another --out, or move it away"
    )
