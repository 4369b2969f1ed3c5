"""Publishing a folder as a whole or not at all."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from manifests.digests import write_digests
from manifests.errors import UserError
from manifests.storage.sending import drop_hidden, drop_quietly, send, sending_folder

_STAGING = ".staging-"
_RETIRED = ".retired-"


def staging_folder(final: Path) -> Path:
    """A new empty folder beside ``final``, on the same filesystem, that no reader looks at."""
    final.parent.mkdir(parents=True, exist_ok=True)
    folder = final.parent / f"{_STAGING}{final.name}-{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    return folder


def publish(staging: Path, final: Path) -> None:
    """Put ``staging`` in the place of ``final``, here and in the store that it may stand in.

    A kill between the two renames leaves no ``final`` at all, never a mixture; the rerun makes it.
    """
    retired = final.parent / f"{_RETIRED}{final.name}-{uuid.uuid4().hex[:12]}"
    with sending_folder(staging, final):
        if final.exists():
            final.replace(retired)
        try:
            staging.replace(final)
        except OSError:  # of a disk that takes no more: what was there goes back
            if retired.exists():
                retired.replace(final)
            raise
        shutil.rmtree(retired, ignore_errors=True)


def sweep(final: Path) -> None:
    """Remove what killed runs left beside ``final``, and nothing that a run still writes to."""
    ours = re.compile(
        rf"({re.escape(_STAGING)}|{re.escape(_RETIRED)}){re.escape(final.name)}-\w{{12}}"
    )
    drop_hidden(final.parent, lambda name: ours.fullmatch(name) is not None)
    if not final.parent.is_dir():
        return
    for left in final.parent.iterdir():
        if ours.fullmatch(left.name):  # exactly: another name may begin with this one
            with contextlib.suppress(OSError), _held(left):
                shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder as its writer does until it dies, in whatever way. Raises OSError where another
    process holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def recover(parent: Path) -> list[Path]:
    """Put back the folders below ``parent`` that a kill between the two renames of ``publish`` took
    away; returns them."""
    found = []
    for retired in sorted(parent.glob(f"{_RETIRED}*")):
        final = parent / retired.name.removeprefix(_RETIRED)[:-13]
        if not final.exists():
            retired.replace(final)
            found.append(final)
    return found


@contextlib.contextmanager
def publishing(final: Path, digests: bool = False) -> Iterator[Path]:
    """Yield a staging folder; publish it on success, remove it on any error. ``digests``: with the
    digests of all its files (``manifests.digests``), for folders that have none of their own."""
    sweep(final)
    staging = staging_folder(final)
    with _held(staging):
        try:
            yield staging
            if digests:
                write_digests(staging)
            publish(staging, final)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            drop_quietly(staging)
            raise


def refuse_foreign(out: Path, known: Collection[str] | None, sources: Iterable[Path] = ()) -> None:
    """Raise UserError where publishing to ``out`` would take away more than an older result.

    ``known``: the names that the older result there consists of, None where there is none;
    ``sources``: folders that the new one is made from.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file; give a folder as --out")
    foreign = (
        sorted({path.name for path in out.iterdir()} - {*(known or ())}) if out.exists() else []
    )
    if foreign:
        raise UserError(
            f"{out} holds something else, which would be lost ({foreign[0]}); give a new folder as "
            "--out"
        )
    for source in sources:
        if source.resolve().is_relative_to(out.resolve()):
            raise UserError(f"{out} holds {source}, which is read; give a new folder as --out")


def sweep_scratch(data: Path, what: str) -> None:
    """Remove the scratch folders of killed runs from this machine. Hold ``writing_lock``."""
    for left in data.glob(f".{what}-*"):
        shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def scratch_folder(data: Path, what: str) -> Iterator[Path]:
    """A folder below DATA for the parts of one run, removed at its end; sweeps those of killed
    runs, so hold ``manifests.lock.writing_lock`` around it."""
    sweep_scratch(data, what)
    drop_hidden(data, lambda name: name.startswith(f".{what}-"))
    folder = data / f".{what}-{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        drop_quietly(folder)


def write_json(path: Path, value: Any) -> None:
    """Write JSON through a temporary sibling, so that a reader sees the old file or the new."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    try:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(path)
        if not any(part.startswith(_STAGING) for part in path.parts):
            send(path)
    finally:
        temporary.unlink(missing_ok=True)
