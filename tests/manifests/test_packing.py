"""Regions survive the way through a shard's bytes, whatever their number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.packing import pack_regions, unpack_regions

value = st.floats(-1e5, 1e5, width=32)
polygon = st.integers(3, 12).flatmap(lambda n: st.lists(value, min_size=2 * n, max_size=2 * n))


@given(st.lists(st.tuples(polygon, st.booleans()), max_size=20))
def test_round_trip(regions: list[tuple[list[float], bool]]) -> None:
    polygons, care = unpack_regions(pack_regions([p for p, _ in regions], [c for _, c in regions]))
    assert care.tolist() == [c for _, c in regions]
    assert len(polygons) == len(regions)
    for points, (flat, _) in zip(polygons, regions, strict=True):
        np.testing.assert_array_equal(points.ravel(), np.array(flat, np.float32))


def test_no_region_is_four_bytes_not_none() -> None:
    blob = pack_regions([], [])
    assert blob == b"\0\0\0\0"
    polygons, care = unpack_regions(blob)
    assert polygons == []
    assert care.shape == (0,)


def test_a_cut_blob_is_an_error() -> None:
    blob = pack_regions([(0, 0, 1, 0, 1, 1)], [True])
    for cut in (0, 3, 6, len(blob) - 4, len(blob) - 8):
        with pytest.raises(ValueError, match="packed"):
            unpack_regions(blob[:cut])
