"""One entry in: one image out, or quarantine rows that say why. The ledger closes every time."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from manifests.ledger import recount
from manifests.vocabulary import Kind, Reason
from manifests.writing import images_table, quarantine_table
from pipelines.convert import Converted, convert
from pipelines.source import Entry, Label, Problem
from tests.pipelines import toys

ENTRY = Entry("x", "toy/x.png", "toy/x.txt")


def run(
    text: str | bytes, picture: bytes | None = None, entry: Entry = ENTRY, **toy: bool
) -> Converted:
    content = text if isinstance(text, bytes) else text.encode()
    files = {"toy/x.png": toys.png() if picture is None else picture, "toy/x.txt": content}
    out = convert(toys.Toy(**toy), "train", entry, files.__getitem__)
    recount([images_table(out.images)], [quarantine_table(out.refusals)], out.seen)
    return out


def reasons(out: Converted) -> list[tuple[Kind, Reason]]:
    return [(row.kind, row.reason) for row in out.refusals]


def test_an_image_keeps_its_regions_in_order() -> None:
    out = run("10 10 20 5 one two\n30 10 20 5 ###\n")
    (image,) = out.images
    assert (image.image_id, image.width, image.height, image.mode) == (
        "toy/train/x",
        100,
        50,
        "RGB",
    )
    assert [(r.region_id, r.text, r.ignore_reason, r.source_line) for r in image.regions] == [
        ("toy/train/x#1", "one two", None, 1),
        ("toy/train/x#2", None, "marked", 2),
    ]
    assert image.exhaustive
    assert out.refusals == []
    assert [uri for uri, _ in out.read] == ["toy/x.txt", "toy/x.png"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("10 10 twenty 5 x", Reason.BAD_LINE),
        ("10 10 0 5 x", Reason.DEGENERATE_POLYGON),
        ("nan 10 5 5 x", Reason.BAD_COORDINATES),
        ("1e300 10 5 5 x", Reason.BAD_COORDINATES),
        ("100 10 20 5 x", Reason.OUTSIDE_IMAGE),
        ("99.9999999 10 20 5 x", Reason.OUTSIDE_IMAGE),  # as it is stored, in single precision
        ("90 10 0.0000001 5 x", Reason.DEGENERATE_POLYGON),
    ],
)
def test_a_bad_line_costs_the_line_not_the_image(line: str, reason: Reason) -> None:
    out = run(f"10 10 20 5 good\n{line}\n")
    assert reasons(out) == [(Kind.REGION, reason)]
    refusal = out.refusals[0]
    assert (refusal.source_line, refusal.raw, refusal.source_uri) == (2, line, "toy/x.txt")
    assert refusal.image_id == "toy/train/x"
    assert len(out.images[0].regions) == 1


def test_an_image_that_lost_a_region_is_not_exhaustive_any_more() -> None:
    assert not run("10 10 twenty 5 x\n").images[0].exhaustive
    assert run("100 10 20 5 x\n").images[0].exhaustive, "nothing in the picture was lost"
    assert not run("10 10 20 5 x\n", exhaustive=False).images[0].exhaustive


def test_text_that_is_no_unicode_is_refused_not_mangled() -> None:
    out = run(b"10 10 20 5 a\xff\n")
    assert reasons(out) == [(Kind.REGION, Reason.BAD_LINE)]


@pytest.mark.parametrize(
    ("entry", "picture", "reason"),
    [
        (Entry("x", None, "toy/x.txt"), None, Reason.IMAGE_MISSING),
        (Entry("x", "toy/gone.png", "toy/x.txt"), None, Reason.IMAGE_UNREADABLE),
        (ENTRY, b"no picture", Reason.IMAGE_UNREADABLE),
        (ENTRY, toys.png()[:40], Reason.IMAGE_UNREADABLE),
    ],
)
def test_without_its_picture_every_region_is_accounted_for(
    entry: Entry, picture: bytes | None, reason: Reason
) -> None:
    out = run("10 10 20 5 one\n30 10 20 5 ###\nbad\n", picture, entry)
    assert out.images == []
    assert (Kind.IMAGE, reason) in reasons(out)
    assert reasons(out).count((Kind.REGION, Reason.IMAGE_REFUSED)) == 2
    assert reasons(out).count((Kind.REGION, Reason.BAD_LINE)) == 1


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("x", "toy/x.png", None), Reason.ANNOTATION_MISSING),
        (Entry("x", "toy/x.png", "toy/gone.txt"), Reason.ANNOTATION_UNREADABLE),
        (Entry("../x", "toy/x.png", None), Reason.BAD_NAME),
    ],
)
def test_an_image_that_cannot_be_joined_is_refused(entry: Entry, reason: Reason) -> None:
    assert reasons(run("10 10 20 5 one\n", entry=entry)) == [(Kind.IMAGE, reason)]


def test_a_bad_name_costs_the_image_and_each_region_is_told() -> None:
    out = run("10 10 20 5 one\nbad\n", entry=Entry("a\udcff b", "toy/x.png", "toy/x.txt"))
    assert reasons(out) == [
        (Kind.REGION, Reason.BAD_LINE),
        (Kind.IMAGE, Reason.BAD_NAME),
        (Kind.REGION, Reason.IMAGE_REFUSED),
    ]
    assert {row.image_id for row in out.refusals} == {None}


def test_a_detail_is_the_same_on_every_machine() -> None:
    def read(uri: str) -> bytes:
        raise OSError(5, "Input/output error", "/home/me/raw/x.txt")

    (refusal,) = convert(toys.Toy(), "train", ENTRY, read).refusals
    assert refusal.detail == "OSError: Input/output error"


def test_an_annotation_that_breaks_midway_accounts_for_what_was_read() -> None:
    out = run("10 10 20 5 one\nBROKEN\n")
    assert reasons(out) == [
        (Kind.IMAGE, Reason.ANNOTATION_UNREADABLE),
        (Kind.REGION, Reason.IMAGE_REFUSED),
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_problem_of_the_index_is_one_row(kind: Kind) -> None:
    problem = Problem(kind, Reason.STRAY_FILE, "why", "toy/Thumbs.db")
    out = convert(toys.Toy(), "train", problem, {}.__getitem__)
    assert reasons(out) == [(kind, Reason.STRAY_FILE)]
    recount([images_table([])], [quarantine_table(out.refusals)], out.seen)


@given(st.binary(max_size=200))
def test_no_annotation_loses_a_line(content: bytes) -> None:
    out = run(content)
    lines = sum(line not in (b"", b"BROKEN") for line in content.split(b"\n"))
    assert out.seen.regions_seen == lines


@pytest.mark.parametrize("error", [MemoryError(), UserError("the store does not answer")])
def test_what_is_no_fault_of_the_file_refuses_nothing(error: Exception) -> None:
    """A refusal would publish a manifest that lacks pictures which are all right."""

    def read(uri: str) -> bytes:
        raise error

    with pytest.raises(type(error)):
        convert(toys.Toy(), "train", ENTRY, read)


@pytest.mark.parametrize("numbers", [(1.0, 2, 30, 2), (1.0, 2, 30, 2, 30, 12, 1)])
def test_a_parser_that_makes_no_polygon_costs_the_region(numbers: tuple[float, ...]) -> None:
    class Odd(toys.Toy):
        def labels(self, entry: Entry, content: bytes | None) -> Iterator[Label | Problem]:
            yield Label(numbers, "x", 1, "raw")

    files = {"toy/x.png": toys.png(), "toy/x.txt": b"raw"}
    out = convert(Odd(), "train", ENTRY, files.__getitem__)
    [refusal] = out.refusals
    assert (refusal.kind, refusal.reason) == (Kind.REGION, Reason.BAD_COORDINATES)
    assert "no polygon" in refusal.detail
