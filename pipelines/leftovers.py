"""Files of a dataset's folder that no split uses: told once a folder, not once a file."""

from collections import Counter
from collections.abc import Iterable, Iterator

from manifests.raw import container
from manifests.records import printable
from manifests.vocabulary import Kind, Reason
from pipelines.source import Problem
from pipelines.tree import RawFile, RawTree


def unclaimed(tree: RawTree, claimed: set[RawFile]) -> Iterator[Problem]:
    """One problem for each folder or archive that holds files of no split."""
    counts = Counter(container(file.uri) for file in tree.files if file not in claimed)
    for place, count in sorted(counts.items()):
        detail = f"{count} file(s) here belong to no split of {tree.dataset}"
        yield Problem(Kind.FILE, Reason.STRAY_FILE, detail, printable(place))


def first_copies(files: Iterable[RawFile]) -> tuple[list[RawFile], list[Problem]]:
    """One file of each path, and a problem for each archive or folder passed over.

    An archive that was left beside its unpacked folder holds every path a second time.
    """
    kept: dict[str, RawFile] = {}
    again: Counter[tuple[str, str]] = Counter()
    for file in files:
        first = kept.setdefault(str(file.path), file)
        if first is not file:
            again[container(file.uri), container(first.uri)] += 1
    problems = [
        Problem(
            Kind.FILE,
            Reason.STRAY_FILE,
            f"{count} file(s) here are in {used} too, which was used; remove one of the two",
            printable(place),
        )
        for (place, used), count in sorted(again.items())
    ]
    return list(kept.values()), problems
