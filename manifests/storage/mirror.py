"""A DATA folder in a store, as a folder on this machine that holds what was needed of it so far.

The folder lies below ``TEXTLINES_CACHE`` (else the cache folder of the desktop standard) at a place
that tells the URI, so that a path alone says which object it stands for. Whole files are fetched,
once; where an index promises a digest, no other bytes are let in. The folder may be deleted while
no command runs, but for what has not gone up yet (``unsent``).
"""

import contextlib
import fcntl
import functools
import json
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import Any

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.storage.address import SCHEMES, Remote, Root, key_fault, parse_root
from manifests.storage.book import Book

INDEXES = {"manifest.json": None, "shards.json": None, "statistics.json": "statistics.parquet"}
"""What makes the files beside it readable, and tells their digests; the value: the one file that it
is about, where it does not name them."""
THREADS = 8
_LATELY_SECONDS = 60
Keep = Callable[[str], bool]


def cache_root() -> Path:
    """Where copies of what is in stores are kept on this machine."""
    given = os.environ.get("TEXTLINES_CACHE", ""), os.environ.get("XDG_CACHE_HOME", "")
    return _cache_root(*given)


@functools.lru_cache(maxsize=8)
def _cache_root(own: str, desktop: str) -> Path:
    if own:
        return Path(own).resolve()
    try:
        home = Path.home()
    except RuntimeError:  # the system knows no such user; who uses no store needs no cache
        home = Path("/nonexistent")
    return Path(desktop or home / ".cache", "textlines").resolve()


def folder_of(remote: Remote) -> Path:
    """The folder of this machine that stands for a prefix, there or not."""
    return _store(remote.scheme) / remote.bucket / remote.key


def remote_of(path: Path) -> Remote | None:
    """What a path of such a folder stands for; None for every other path."""
    if not path.is_relative_to(cache_root() / "data"):
        return None
    for scheme in SCHEMES:
        if path.is_relative_to(_store(scheme)):
            bucket, *key = path.relative_to(_store(scheme)).parts
            return Remote(scheme, bucket, "/".join(key))
    return None


def _store(scheme: str) -> Path:
    from manifests.storage.connecting import endpoint_of

    name = re.sub("[^A-Za-z0-9.-]+", "_", endpoint_of(scheme)) or "vendor"
    return cache_root() / "data" / scheme / name


def book_of(remote: Remote) -> Book:
    """What is known of the copies of a store's objects."""
    store = _store(remote.scheme)
    return Book(store.with_name(f"{store.name}.sqlite"))


def address_of(path: Path) -> str:
    """What to call a path on another machine: its URI, or where it stands in no store itself."""
    return str(remote_of(path) or path)


def at_home(address: str) -> Path:
    """Undo ``address_of``, on whatever machine."""
    root = parse_root(address)
    return folder_of(root) if isinstance(root, Remote) else root


def place_of(data: Path) -> Root:
    """A DATA folder as its user calls it."""
    return remote_of(data) or data


@contextlib.contextmanager
def held(remote: Remote) -> Iterator[None]:
    """One process of this machine at a time changes the copies of a bucket."""
    path = _store(remote.scheme) / f".{remote.bucket}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def bring(folder: Path, keep: Keep = lambda name: True, unchecked: bool = False) -> set[str]:
    """Bring a folder to what stands in its store; nothing for a folder that is in none.

    ``keep``: which names below it are wanted. ``unchecked``: whatever stands there is wanted,
    damaged or not, and read anew: a stamp tells no change within a second. Left as it is: what a
    living process is at work on, and what was changed here and has not gone up, whose names are
    returned. Raises UserError where a file is not what its index promises, or was changed in both
    places.
    """
    remote = remote_of(folder)
    if remote is None:
        return set()
    from manifests.storage.client import walk
    from manifests.storage.unsent import find_unsent, in_hand

    with held(remote), book_of(remote) as book:
        found = {it.name: it for it in walk(remote) if _is_ours(it.name) and keep(it.name)}
        _refuse_clashes(remote, found)
        local = {name for name in here(folder) if keep(name)}
        busy = in_hand(folder, local | found.keys())
        unsent = find_unsent(folder, remote, local - busy, found, book)
        left = busy | unsent
        for name in local - found.keys() - left:
            (folder / name).unlink(missing_ok=True)
        wanted = {name: it.stamp for name, it in found.items() if name not in left}
        _fetch_all(folder, remote, wanted, book, unchecked)
    return unsent


def _fetch_all(
    folder: Path, remote: Remote, stamps: Mapping[str, str], book: Book, unchecked: bool
) -> None:
    """Indexes first: they promise digests of the others."""
    first = [name for name in stamps if PurePosixPath(name).name in INDEXES]
    _each(lambda name: _fetch_index(remote / name, folder / name, book), first)
    told = [] if unchecked else first
    promised = {key: value for name in told for key, value in promises(folder, name).items()}

    def fetch(name: str) -> None:
        wanted = (remote / name, folder / name, book, stamps[name], promised.get(name))
        if unchecked or not _is_current(*wanted):
            _fetch(*wanted)

    _each(fetch, [name for name in stamps if name not in first])


def bring_lately(folder: Path) -> None:
    """``bring``, at most once in a while: for a worker that opens one manifest for many jobs, which
    nobody else may write meanwhile."""
    if remote_of(folder) is not None:
        _bring_lately(folder, int(time.monotonic() / _LATELY_SECONDS))


@functools.lru_cache(maxsize=64)
def _bring_lately(folder: Path, moment: int) -> None:
    bring(folder)


def _each(action: Callable[[str], None], names: list[str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(action, names))


def bring_file(path: Path) -> None:
    """Fetch one file that is not here yet; nothing for a path that is in no store.

    Raises FileNotFoundError where the store does not have it either, UserError.
    """
    if path.is_file():
        return
    remote = remote_of(path)
    if remote is None:
        return
    from manifests.storage.client import get

    temporary = _beside(path)
    try:
        get(remote, temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_there(path: Path) -> bool:
    """Whether a file is here, or in the store that the path may stand for; then it is fetched."""
    with contextlib.suppress(FileNotFoundError):
        bring_file(path)
    return path.is_file()


def here(folder: Path) -> Iterator[str]:
    """The names of the files below a folder, but for hidden ones."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        below = Path(place).relative_to(folder)
        yield from (str(below / name) for name in sorted(files) if not name.startswith("."))


def _is_ours(name: str) -> bool:
    """Scratch and locks are hidden; what cannot be a path was not written by this program."""
    return key_fault(name) is None and not any(p.startswith(".") for p in name.split("/"))


def _refuse_clashes(remote: Remote, names: dict[str, Any]) -> None:
    for name in names:
        above = PurePosixPath(name).parents
        if clash := next((str(place) for place in above if str(place) in names), None):
            raise UserError(
                f"{remote / clash} is an object, and {remote / name} stands below it; no folder "
                "can hold both: delete one of them"
            )


def _fetch_index(remote: Remote, path: Path, book: Book) -> None:
    """Indexes are small, and all else hangs on them: read anew each time."""
    from manifests.storage.client import find, read

    found = find(remote)
    data = read(remote, 1 << 28)
    if not path.is_file() or path.read_bytes() != data:
        temporary = _beside(path)
        temporary.write_bytes(data)
        temporary.replace(path)
    book.note(remote, path.stat(), found.stamp if found else "", sha256_file(path))


def promises(folder: Path, index: str) -> dict[str, str]:
    """Digests of the files beside an index, by name below the folder; none where it is damaged,
    which is for its reader to tell."""
    beside = PurePosixPath(index).parent
    try:
        info = json.loads((folder / index).read_text(encoding="utf-8"))
        only = INDEXES[PurePosixPath(index).name]
        pairs = [(only, info["sha256"])] if only else []
        for entry in info.get("files", []):
            pairs.append((entry["name"], entry["sha256"]))
            pairs += [(entry["index"], entry["index_sha256"])] if "index" in entry else []
        return {str(beside / str(name)): str(digest) for name, digest in pairs}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _fetch(remote: Remote, path: Path, book: Book, stamp: str, digest: str | None) -> None:
    from manifests.storage.client import get

    temporary = _beside(path)
    try:
        get(remote, temporary)
        found = sha256_file(temporary)
        if digest is not None and found != digest:
            raise UserError(
                f"{remote} is not what the index beside it promises: it was altered, or is being "
                "published right now; run this again, and if it stays so make it again (normalize, "
                "statistics or shard, with --force where there is one)"
            )
        _flush(temporary)  # what a power cut makes of it would look like work of this machine
        temporary.replace(path)
        book.note(remote, path.stat(), stamp, found)
    finally:
        temporary.unlink(missing_ok=True)


def _is_current(remote: Remote, path: Path, book: Book, stamp: str, digest: str | None) -> bool:
    if not path.is_file():
        return False
    known = book.unchanged(remote, path)
    if known is not None:
        return known.stamp == stamp and digest in (None, known.sha256)
    status = path.stat()
    if digest is None or sha256_file(path) != digest:
        return False
    book.note(remote, status, stamp, digest)
    return True


def _beside(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".part-{uuid.uuid4().hex[:12]}")


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
