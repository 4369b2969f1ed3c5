"""Places of keys: what a dictionary on disk says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.places import Places

KEYS = st.lists(st.binary(max_size=2))


@given(KEYS, KEYS)
def test_the_first_place_of_a_key_stays(one_by_one: list[bytes], together: list[bytes]) -> None:
    places, wanted = Places(), {}
    for at, key in enumerate(one_by_one):
        assert places.add(key, at) == (key not in wanted)
        wanted.setdefault(key, at)
    places.add_all(together, 100)
    for at, key in enumerate(together, 100):
        wanted.setdefault(key, at)
    assert {key: places[key] for key in wanted} == wanted
    assert all(key in places for key in wanted)


def test_an_unknown_key_has_no_place() -> None:
    places = Places()
    assert b"a" not in places
    with pytest.raises(KeyError):
        _ = places[b"a"]
