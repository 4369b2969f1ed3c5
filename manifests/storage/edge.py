"""Where a command's --raw and --data become what the command works on.

A command is written for paths. ``settled`` stands between its arguments and itself: a URI given as
--raw becomes a ``Remote``; one given as --data becomes the folder of this machine that stands for
it, filled with what the command reads, and what the command has changed there goes up at its end.
"""

import argparse
import contextlib
import errno
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from pathlib import Path

from manifests.errors import UserError
from manifests.storage.address import SCHEMES, Remote, is_remote, parse_root
from manifests.storage.mirror import bring, folder_of, here, remote_of
from manifests.storage.sending import send_changed, send_files

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):(/?)")
MANIFESTS = ("manifests/*", "undecided/*")
FINDINGS = ("findings/*", "history/*", "report/*.parquet", "report/checks.json", "statistics/*")


@dataclass(frozen=True)
class Needs:
    """Of a DATA folder: what a command ``reads``, what it may have changed (``writes``), as
    patterns of names in which ``*`` stands for ``/`` too. ``raw``: its --raw may be in a store;
    ``unchecked``: the command itself looks what is damaged."""

    reads: Sequence[str]
    writes: Sequence[str] = ()
    raw: bool = True
    unchecked: bool = False


@contextlib.contextmanager
def settled(args: argparse.Namespace, needs: Needs) -> Iterator[None]:
    """While it lasts, ``args`` hold what a command can work on. What was changed goes up even where
    the command fails: it is as whole as it is on disk. Raises UserError."""
    for name, value in list(vars(args).items()):
        _refuse_scheme(value)
        _refuse_circle(value)
        if name != "data" and not (name == "raw" and needs.raw):
            _refuse(name, value)
    if needs.raw and isinstance(getattr(args, "raw", None), Path):
        args.raw = parse_root(args.raw)
    data = _remote_data(getattr(args, "data", None))
    if data is None:
        yield
        return
    args.data = folder_of(data)
    # What is said of the two places of a file calls each by its own name.
    with _synchronized(args.data, needs), _called(args.data, data):
        yield


def _remote_data(given: object) -> Remote | None:
    """What --data stands for in a store: a URI, or the folder of this machine for it."""
    if not isinstance(given, Path):
        return None
    root = parse_root(given)
    return root if isinstance(root, Remote) else remote_of(root.absolute())


@contextlib.contextmanager
def _synchronized(folder: Path, needs: Needs) -> Iterator[None]:
    reads, writes = _matching(needs.reads), _matching(needs.writes)
    folder.mkdir(parents=True, exist_ok=True)
    left = bring(folder, reads, needs.unchecked)
    send_files(folder, filter(writes, left))  # before anything else can happen to it
    before = list(here(folder))
    try:
        yield
    finally:
        if needs.writes:
            send_changed(folder, before, writes)


@contextlib.contextmanager
def _called(folder: Path, data: Remote) -> Iterator[None]:
    """Errors call the folder what its user does."""
    try:
        yield
    except UserError as error:
        raise UserError(str(error).replace(str(folder), str(data))) from error


def _matching(patterns: Sequence[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda name: False
    joined = re.compile("|".join(map(translate, patterns)))
    return lambda name: joined.match(name) is not None


def _refuse_scheme(value: object) -> None:
    """``S3://``, ``file://``, ``gs:bucket``: as a path each is a new folder right here, in which
    nobody would look for results."""
    values = value if isinstance(value, list | tuple) else [value]
    for path in (it for it in values if isinstance(it, Path)):
        found = _SCHEME.match(str(path))
        if found is None or (found[1] in SCHEMES and found[2]):
            continue
        is_like = bool(found[2]) or found[1].lower() in SCHEMES
        if is_like and not Path(path.parts[0]).exists():
            raise UserError(
                f"{path} names nothing of this machine, and no store that can be read; a store is "
                "like s3://bucket/prefix or gs://bucket/prefix (docs/storage.md)"
            )


def _refuse_circle(value: object) -> None:
    """Links that lead to one another: Python fails on them in ways of its own."""
    values = value if isinstance(value, list | tuple) else [value]
    for path in (it for it in values if isinstance(it, Path)):
        try:
            path.stat()
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise UserError(f"{path} is a link that leads in a circle; remove it") from error
        except ValueError as error:
            raise UserError(f"{str(path)!r} is no path: {error}") from error


def _refuse(name: str, value: object) -> None:
    values = value if isinstance(value, list | tuple) else [value]
    if remote := next(filter(is_remote, values), None):
        option = "--" + name.replace("_", "-")
        raise UserError(
            f"{option} {remote}: only --raw and --data may be in a store; give a path of this "
            "machine (docs/storage.md)"
        )
