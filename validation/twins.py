"""Values that must stand once, over all manifests together, without holding them all.

A URI begins at a raw root: below two roots the same one names two files.

A first walk keeps 8 bytes for each value. Only values whose hash comes twice are then looked up,
so the answer is exact and memory stays small: 2.9 million region ids take 23 MB.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from manifests.reading import Manifest, root_told

UNIQUE = ("image_id", "image_sha256", "region_id")
_URI = "image_uri"
_REGION_ID = "regions.list.element.region_id"
_SHOWN = 3


@dataclass
class Owners:
    """Who has one repeated value: how often each manifest, and the first few names there."""

    counts: Counter[str] = field(default_factory=Counter)
    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, manifest: str, name: str) -> None:
        """Note that the value stands in a manifest, at the image or region of this name."""
        self.counts[manifest] += 1
        kept = self.names.setdefault(manifest, [])
        if len(kept) <= _SHOWN:
            kept.append(name)

    def others(self, manifest: str, name: str, where: str) -> str | None:
        """Everybody but one entry of (manifest, name): two of them are twins themselves."""
        counts = self.counts - Counter([manifest])
        places = [m for m in counts if where == "anywhere" or (m == manifest) == (where == "here")]
        total = sum(counts[place] for place in places)
        named = [f"{n} ({m})" for m in places for n in _without(self.names[m], m == manifest, name)]
        shown = named[:_SHOWN]
        more = f" and {total - len(shown)} more" if total > len(shown) else ""
        return ", ".join(shown) + more if total else None


@dataclass(frozen=True)
class Twins:
    """The repeated values of all manifests: column -> value -> its owners. ``uris``: of image URIs,
    raw root -> value -> its owners; ``roots``: the raw root of each manifest."""

    owners: dict[str, dict[str, Owners]]
    uris: dict[str | None, dict[str, Owners]] = field(default_factory=dict)
    roots: dict[str, str | None] = field(default_factory=dict)

    def column(
        self, kind: str, values: pd.Series, manifest: str, names: pd.Series, where: str = "anywhere"
    ) -> pd.Series:
        """The other owners of each value, null where there are none.

        ``names``: of the images or regions whose values these are. ``where``: ``here`` (the same
        manifest), ``elsewhere`` (another one) or ``anywhere``.
        """
        of_root = self.uris.get(self.roots.get(manifest), {})
        repeated = of_root if kind == _URI else self.owners.get(kind, {})
        found: list[str | None] = [None] * len(values)
        for row in np.flatnonzero(values.isin(list(repeated))) if repeated else ():
            found[row] = repeated[str(values.iat[row])].others(manifest, str(names.iat[row]), where)
        return pd.Series(found, index=values.index, dtype="str")


def find_twins(manifests: Sequence[Manifest]) -> Twins:
    """Every repeated image id, image digest and region id of all manifests, and every repeated
    image URI of those below one raw root."""
    roots = {manifest.name: root_told(manifest.folder) for manifest in manifests}
    below = {root: [m for m in manifests if roots[m.name] == root] for root in roots.values()}
    return Twins(
        {kind: _owners(manifests, kind) for kind in UNIQUE},
        {root: _owners(some, _URI) for root, some in below.items()},
        roots,
    )


def _owners(manifests: Sequence[Manifest], kind: str) -> dict[str, Owners]:
    repeated = _repeated(
        _hashes(values) for manifest in manifests for values, _ in _walk(manifest, kind)
    )
    owners: dict[str, Owners] = {}
    for manifest in manifests if len(repeated) else ():
        for values, names in _walk(manifest, kind):
            for row in np.flatnonzero(np.isin(_hashes(values), repeated)):
                entry = owners.setdefault(values[row].as_py(), Owners())
                entry.add(manifest.name, names[row].as_py())
    return {value: entry for value, entry in owners.items() if entry.counts.total() > 1}


def _walk(manifest: Manifest, kind: str) -> Iterator[tuple[pa.Array, pa.Array]]:
    """(values, names of their owners), batch by batch."""
    if kind == "region_id":
        for table in manifest.batches("images", [_REGION_ID], 20_000):
            regions = pc.list_flatten(table["regions"].combine_chunks())
            ids = pc.struct_field(regions, "region_id")
            yield ids, ids
    else:
        for table in manifest.batches("images", list({kind, "image_id"}), 20_000):
            yield table[kind].combine_chunks(), table["image_id"].combine_chunks()


def _hashes(values: pa.Array) -> np.ndarray:
    objects = values.to_numpy(zero_copy_only=False).astype(object)
    return pd.util.hash_array(objects, categorize=False)


def _repeated(hashes: Iterable[np.ndarray]) -> np.ndarray:
    ordered = np.sort(np.concatenate([np.empty(0, np.uint64), *hashes]))
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _without(names: list[str], mine: bool, name: str) -> list[str]:
    if not mine or name not in names:
        return names
    place = names.index(name)
    return names[:place] + names[place + 1 :]
