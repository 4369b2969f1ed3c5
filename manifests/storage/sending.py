"""What is written into a folder that stands for a prefix of a store, on its way there.

A store has no rename. So a folder is replaced by taking its index away, putting its files, and
putting the index last: a reader finds what was there, nothing, or what is there now.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from manifests.errors import UserError
from manifests.identity import sha256_file
from manifests.storage.address import Remote
from manifests.storage.book import Book
from manifests.storage.mirror import INDEXES, Keep, book_of, held, here, remote_of

_ORDER = {".jsonl": 0, ".json": 2, ".yaml": 2, ".html": 2}


def send(path: Path) -> None:
    """Store one file; nothing for a path that is in no store."""
    remote = remote_of(path)
    if remote is None:
        return
    if any(part.startswith(".") for part in remote.key.split("/")):
        from manifests.storage.client import put

        put(path, remote)  # scratch is never compared with what is here
    else:
        with book_of(remote) as book:
            _send(path, remote, book)


def _send(path: Path, remote: Remote, book: Book) -> None:
    """The file is looked at first: what is appended while it goes up goes up the next time."""
    from manifests.storage.client import find, put

    status, digest = path.stat(), sha256_file(path)
    put(path, remote)
    stored = find(remote)
    book.note(remote, status, stored.stamp if stored else "", digest)


@contextlib.contextmanager
def sending_folder(staging: Path, final: Path) -> Iterator[None]:
    """While ``staging`` is put in the place of ``final``: store it in the place of what the store
    has; nothing for a folder that is in no store. Raises UserError."""
    remote, staged = remote_of(final), remote_of(staging)
    if remote is None or staged is None:
        yield
        return
    with held(remote):
        yield
        _send_folder(final, remote, staged)


def _send_folder(final: Path, remote: Remote, staged: Remote) -> None:
    """What workers have sent to the place of the staging folder is copied within the store."""
    from manifests.storage.client import delete, delete_below, walk

    sent = {item.name for item in walk(staged)}
    old = {item.name for item in walk(remote)}
    names = sorted({*here(final), *sent}, key=order)
    for name in sorted(old & INDEXES.keys()):
        delete(remote / name)
    for name in names:
        _put_or_copy(final / name, remote / name, staged / name if name in sent else None)
    for name in sorted(old.difference(names)):
        delete(remote / name)
    if sent:
        delete_below(staged)


def _put_or_copy(path: Path, remote: Remote, staged: Remote | None) -> None:
    from manifests.storage.client import copy

    if staged is None:
        with book_of(remote) as book:
            _send(path, remote, book)
    else:
        copy(staged, remote)


def order(name: str) -> tuple[int, str]:
    """Data first, then what leads to it, then what makes it readable; a log before the state that
    it may be ahead of."""
    place = PurePosixPath(name)
    return (3 if place.name in INDEXES else _ORDER.get(place.suffix, 1), name)


def send_files(folder: Path, names: Iterable[str]) -> None:
    """Store files of a folder; nothing for a folder that is in no store."""
    remote = remote_of(folder)
    if remote is not None:
        with held(remote), book_of(remote) as book:
            _send_files(folder, remote, names, book)


def _send_files(folder: Path, remote: Remote, names: Iterable[str], book: Book) -> None:
    for name in sorted(names, key=order):
        _send(folder / name, remote / name, book)


def send_changed(folder: Path, before: Iterable[str], keep: Keep) -> None:
    """Store what a command has changed below a folder, and delete what it has removed; but leave
    what another process is at work on, which sends it when it ends.

    ``before``: the names of the files there when it began; ``keep``: which names may be changed.
    """
    remote = remote_of(folder)
    if remote is None:
        return
    from manifests.storage.client import delete
    from manifests.storage.unsent import in_hand

    with held(remote), book_of(remote) as book:
        now = {name for name in here(folder) if keep(name)}
        gone = {name for name in before if keep(name) and not (folder / name).exists()}
        busy = in_hand(folder, now | gone)
        changed = {it for it in now - busy if book.unchanged(remote / it, folder / it) is None}
        _send_files(folder, remote, changed, book)
        for name in sorted(gone - busy):
            delete(remote / name)
            book.forget(remote / name)


def drop_quietly(folder: Path) -> None:
    """Delete what the store has below a folder, as far as it can be asked; the next run sweeps up.
    Nothing for a folder that is in no store."""
    remote = remote_of(folder)
    if remote is not None and remote.key:
        from manifests.storage.client import delete_below

        with contextlib.suppress(UserError, OSError):
            delete_below(remote)


def drop_hidden(parent: Path, is_left: Callable[[str], bool]) -> None:
    """Delete what killed runs left in the store right below a folder, by name."""
    remote = remote_of(parent)
    if remote is None:
        return
    from manifests.storage.client import delete_below, names_in

    for name in names_in(remote):
        if name.startswith(".") and is_left(name):
            with contextlib.suppress(FileNotFoundError):
                delete_below(remote / name)
