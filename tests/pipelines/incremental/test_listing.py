"""Two listings are compared side by side, as two dictionaries would be."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.incremental.listing import UNSETTLED, Listing, compare

STAMPS = st.dictionaries(
    st.text("ab\u00e9\ue000\U00010000", max_size=2), st.sampled_from(("", "1", "2"))
)


@given(STAMPS, STAMPS)
def test_what_differs_is_told_by_uri(before: dict[str, str], now: dict[str, str]) -> None:
    found = compare(Listing(before.items()), Listing(now.items()))
    both = sorted(before.keys() & now.keys())
    settled = [uri for uri in both if before[uri] != UNSETTLED]
    assert found.changed == tuple(uri for uri in settled if before[uri] != now[uri])
    assert found.unsettled == tuple(uri for uri in both if before[uri] == UNSETTLED)
    assert found.new == tuple(sorted(now.keys() - before.keys()))
    assert found.gone == tuple(sorted(before.keys() - now.keys()))


def test_the_last_stamp_of_a_uri_counts() -> None:
    listing = Listing([("b", "1"), ("a", "1"), ("b", "2")])
    assert list(listing) == [("a", "1"), ("b", "2")] == list(listing)
    assert len(listing) == 2
