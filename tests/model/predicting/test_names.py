"""Names of pictures for people and for files."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from model.predicting.names import Names, shown


def test_names_are_those_of_the_files_until_two_are_alike() -> None:
    names = Names()
    taken = [names.take(Path(path)) for path in ("a/x.jpg", "b/x.png", "X.tif", "x-2.jpg", "y.jpg")]
    assert taken == ["x", "x-2", "X-3", "x-2-2", "y"]
    assert names.take(Path("clip.mp4"), 12) == "clip-000012"


def test_names_can_be_those_of_files() -> None:
    names = Names()
    assert names.take(Path("new\nline.jpg")) == "new_line"
    assert names.take(Path(os.fsdecode(b"b\xff.jpg"))) == "b_"
    assert len(os.fsencode(names.take(Path("\N{SNOWMAN}" * 80 + ".jpg")))) <= 200


def test_what_a_terminal_would_act_upon_is_shown_escaped() -> None:
    assert shown("scans/ü 100% #1!.jpg") == "scans/ü 100% #1!.jpg"
    assert shown("a\n\x1b[31m.jpg") == r"a\n\x1b[31m.jpg"
    assert shown(os.fsdecode(b"\xff.jpg")) == r"\xff.jpg"


class Asked(set[str]):
    """A set that counts how often it is asked for a member."""

    times = 0

    def __contains__(self, member: object) -> bool:
        self.times += 1
        return super().__contains__(member)


def test_many_pictures_of_one_name_are_not_counted_again_for_each() -> None:
    names = Names()
    names._taken = asked = Asked()
    taken = [names.take(Path(f"{folder}/image.jpg")) for folder in range(1000)]
    assert taken[-1] == "image-1000"
    assert asked.times <= 3 * len(taken)


def slow_names(stems: list[str]) -> list[str]:
    """Each name the first that is free, looked for from the beginning."""
    names: list[str] = []
    for stem in stems:
        folded = {name.casefold() for name in names}
        ways = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(stems) + 2))
        names.append(next(way for way in ways if way.casefold() not in folded))
    return names


_STEMS = st.builds(
    "-".join, st.lists(st.sampled_from(["a", "A", "2", "3", "\u00df", "ss"]), min_size=1)
)


@given(st.lists(_STEMS, max_size=40))
def test_a_name_is_the_first_that_is_free(stems: list[str]) -> None:
    names = Names()
    assert [names.take(Path(f"{stem}.jpg")) for stem in stems] == slow_names(stems)


@given(st.lists(st.text(st.characters(exclude_characters="\0/"), min_size=1), max_size=20))
def test_no_two_pictures_share_a_name(stems: list[str]) -> None:
    names = Names()
    taken = [names.take(Path(stem + ".jpg")) for stem in stems]
    assert len({name.casefold() for name in taken}) == len(stems)
