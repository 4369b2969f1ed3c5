"""Pictures and annotation files meet by stem; of two with one stem the first stays."""

from manifests.vocabulary import Kind
from pipelines.halves import Halves


def test_halves_meet_by_stem() -> None:
    halves = Halves()
    assert halves.add(Kind.IMAGE, "b", "b.jpg") is None
    assert halves.add(Kind.FILE, "c\udc80", "c.txt") is None
    assert halves.add(Kind.FILE, "b", "b.txt") is None
    assert halves.add(Kind.IMAGE, "a", "a.jpg") is None
    assert list(halves) == [
        ("a", "a.jpg", None),
        ("b", "b.jpg", "b.txt"),
        ("c\udc80", None, "c.txt"),
    ]


def test_the_first_of_a_stem_stays() -> None:
    halves = Halves()
    for kind in (Kind.IMAGE, Kind.FILE):
        assert halves.add(kind, "a", f"{kind}/first") is None
        assert halves.add(kind, "a", f"{kind}/second") == f"{kind}/first"
    assert list(halves) == [("a", "image/first", "file/first")]
