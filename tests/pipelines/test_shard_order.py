"""Rows sorted on disk stand as rows sorted in memory do."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from pipelines.shard_order import Order


@given(st.sets(st.tuples(st.sampled_from("ab"), st.integers(0, 500))), st.integers(1, 7))
def test_every_shard_has_its_rows_by_digest(rows: set[tuple[str, int]], shards: int) -> None:
    def digest(name: str, number: int) -> bytes:
        return hashlib.sha256(f"{name}{number}".encode()).digest()

    order, wanted = Order(shards), [[] for _ in range(shards)]
    for name in "ab":
        keyed = [(digest(name, n), n, f"{n:04x}") for of, n in rows if of == name]
        assert order.add(name, keyed) == len(keyed)
    for name, number in sorted(rows, key=lambda row: digest(*row)):
        shard = int.from_bytes(digest(name, number)[-8:], "big") % shards
        wanted[shard].append((name, number))
    found = order.shards()
    assert [list(of) for of in found] == wanted == [list(of) for of in found]
    assert [len(of) for of in found] == [len(of) for of in wanted]
    contents = [[f"{number:04x}" for _, number in of] for of in wanted]
    assert [list(of.contents()) for of in found] == contents
