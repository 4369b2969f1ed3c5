"""Files of a dataset's folder that no split uses: told once a folder, not once a file."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from manifests.identity import is_name
from manifests.images import SUFFIXES
from manifests.raw import container
from manifests.records import printable
from manifests.vocabulary import Kind, Reason
from pipelines.source import Problem
from pipelines.tree import RawFile, RawTree, Unusable

IsClaimed = Callable[[RawFile], bool]
"""Whether a split uses a file."""


def left_over(tree: RawTree, is_claimed: IsClaimed) -> Iterator[Problem]:
    """``repeated`` of the files that are used, and ``unclaimed``."""
    yield from repeated(filter(is_claimed, tree.files.repeated()))
    yield from unclaimed(tree, is_claimed)


def unclaimed(tree: RawTree, is_claimed: IsClaimed) -> Iterator[Problem]:
    """One problem for each folder or archive that holds files of no split, and for each thing that
    is never read."""
    strays = (file for file in tree.files if not is_claimed(file))
    yield from stray(strays, f"belong to no split of {tree.dataset}")
    yield from unusable(tree.unusable)


def stray(files: Iterable[RawFile], why: str) -> Iterator[Problem]:
    """One problem for each folder or archive that these files stand in; ``why``: "12 file(s) here"
    are not used."""
    counts = Counter(container(file.uri) for file in files)
    for place, count in sorted(counts.items()):
        detail = f"{count} file(s) here {why}"
        yield Problem(Kind.FILE, Reason.STRAY_FILE, detail, printable(place))


def unusable(items: Iterable[Unusable]) -> Iterator[Problem]:
    """One problem for each thing that is never read."""
    for item in items:
        yield Problem(Kind.FILE, Reason.STRAY_FILE, item.detail, printable(item.uri))


def repeated(files: Iterable[RawFile]) -> Iterator[Problem]:
    """A problem for each copy of a name that its archive holds more than once, but for the last."""
    for file in files:
        image = file.suffix in SUFFIXES
        problem = Problem(
            Kind.IMAGE if image else Kind.FILE,
            Reason.IMAGE_DUPLICATE_NAME if image else Reason.ANNOTATION_DUPLICATE_NAME,
            f"the archive holds this name {_times(file.copies)}; the last copy was used",
            printable(file.uri),
            file.stem if image and is_name(file.stem) else None,
        )
        yield from [problem] * (file.copies - 1)


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"


def first_copies(files: Iterable[RawFile]) -> Iterator[RawFile]:
    """One file of each path; the files come by path.

    An archive that was left beside its unpacked folder holds every path a second time.
    """
    return (next(of_path) for _, of_path in itertools.groupby(files, lambda file: file.path))


def passed_over(files: Iterable[RawFile]) -> Iterator[Problem]:
    """A problem for each archive or folder of which ``first_copies`` leaves files out."""
    again: Counter[tuple[str, str]] = Counter()
    for _, (first, *others) in itertools.groupby(files, lambda file: file.path):
        again.update((container(file.uri), container(first.uri)) for file in others)
    for (place, used), count in sorted(again.items()):
        detail = _passed_over(count, place, used)
        yield Problem(Kind.FILE, Reason.STRAY_FILE, detail, printable(place))


def _passed_over(count: int, place: str, used: str) -> str:
    if place == used:
        return f"{count} file(s) here have a path that another file here has, which was used"
    return f"{count} file(s) here are in {used} too, which was used; remove one of the two"
