"""Files on disk come as they would from a sorted list, whatever their names."""

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from pipelines.raw_files import RawFile, RawFiles, SomeFiles

NAMES = st.text(st.sampled_from("ab.\u00e9\ud7ff\ue000\U00010000\udc80\udcff"), min_size=1).filter(
    lambda name: name.strip(".")
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda parts: PurePosixPath(*parts))


def file(path: PurePosixPath | str, uri: str = "", copies: int = 1) -> RawFile:
    return RawFile(PurePosixPath(path), uri or f"toy/{path}", copies, "1-2-3")


@given(st.lists(st.tuples(PATHS, NAMES), unique=True))
def test_files_come_by_path_then_uri(given: list[tuple[PurePosixPath, str]]) -> None:
    files = [file(path, uri) for path, uri in given]
    found, wanted = RawFiles(files), sorted(files, key=lambda it: (str(it.path), it.uri))
    assert list(found) == wanted == list(found)
    assert len(found) == len(files)
    for name in {it.path.name for it in files}:
        assert list(found.named(name)) == [it for it in wanted if it.path.name == name]


def test_a_picture_is_the_first_of_its_name_by_path() -> None:
    files = RawFiles(map(file, ("b/1.jpg", "a/1.jpg", "a/1.txt", "c/2.JPG")))
    assert files.picture("1.jpg") == file("a/1.jpg")
    assert files.picture("2.JPG") == file("c/2.JPG")
    assert files.picture("1.txt") is None and files.picture("3.jpg") is None
    assert [it.uri for it in files.named("2.JPG", "1.txt")] == ["toy/a/1.txt", "toy/c/2.JPG"]


def test_names_that_an_archive_holds_more_than_once_come_by_uri() -> None:
    files = RawFiles([file("a", "z", 2), file("b", "y", 3), file("c", "x")])
    assert [it.uri for it in files.repeated()] == ["y", "z"]


def test_some_files_are_true_where_there_is_one() -> None:
    files = RawFiles(map(file, ("a/1.jpg", "b/2.jpg")))
    some = SomeFiles(files, lambda it: it.is_in("b"))
    assert list(some) == [file("b/2.jpg")] == list(some)
    assert some and not SomeFiles(files, lambda it: it.is_in("c"))
