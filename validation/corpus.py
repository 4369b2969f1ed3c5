"""What a check looks at: every manifest below DATA, the statistics of its pictures, the mixes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from manifests.errors import UserError
from manifests.mixes import Mix, load_known_mixes
from manifests.reading import BATCH_ROWS, Manifest
from manifests.statistics import Statistics, open_statistics


@dataclass(frozen=True)
class Corpus:
    """``statistics``: of the manifests that have them, by ``<dataset>/<split>``; ``without``: why
    the others have none, and the command that makes them."""

    data: Path
    manifests: tuple[Manifest, ...]
    statistics: Mapping[str, Statistics] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)
    mixes: tuple[Mix, ...] = ()

    @property
    def fingerprints(self) -> dict[str, str]:
        """``<dataset>/<split>`` -> the manifest's fingerprint."""
        return {manifest.name: manifest.fingerprint for manifest in self.manifests}

    def images(
        self, columns: Sequence[str] | None = None, rows: int = BATCH_ROWS
    ) -> Iterator[tuple[Manifest, pa.Table]]:
        """Every manifest's images in batches of ``manifests.schema.IMAGES``, or some columns."""
        for manifest in self.manifests:
            for batch in manifest.batches("images", columns, rows):
                yield manifest, batch

    def pictures(
        self, columns: Sequence[str], of_image: Sequence[str] = (), rows: int = BATCH_ROWS
    ) -> Iterator[tuple[Manifest, pa.Table]]:
        """Batches of ``manifests.statistics.SCHEMA`` of every manifest that has statistics, with
        the columns ``of_image`` of the manifest's same rows beside them."""
        for manifest in self.manifests:
            if manifest.name in self.statistics:
                yield from self._pictures(manifest, columns, of_image, rows)

    def _pictures(
        self, manifest: Manifest, columns: Sequence[str], of_image: Sequence[str], rows: int
    ) -> Iterator[tuple[Manifest, pa.Table]]:
        found = self.statistics[manifest.name].batches(columns, rows)
        if not of_image:
            yield from ((manifest, batch) for batch in found)
            return
        # the files of a manifest are cut elsewhere than those of the statistics
        images = _Rows(manifest.batches("images", of_image, rows))
        for batch in found:
            beside = images.take(len(batch))
            for name in of_image:
                batch = batch.append_column(name, beside[name])
            yield manifest, batch


class _Rows:
    """A stream of tables from which any number of rows is taken at a time."""

    def __init__(self, tables: Iterator[pa.Table]) -> None:
        self.tables, self.held = tables, None

    def take(self, count: int) -> pa.Table:
        """The next ``count`` rows. Raises ValueError where there are fewer."""
        while self.held is None or len(self.held) < count:
            table = next(self.tables, None)
            if table is None:
                raise ValueError("the statistics have more rows than the manifest")
            self.held = table if self.held is None else pa.concat_tables([self.held, table])
        taken, self.held = self.held.slice(0, count), self.held.slice(count)
        return taken


def open_corpus(data: Path, manifests: Sequence[Manifest]) -> Corpus:
    """The corpus of some manifests below DATA, with what statistics there are."""
    statistics: dict[str, Statistics] = {}
    without: dict[str, str] = {}
    for manifest in manifests:
        try:
            statistics[manifest.name] = open_statistics(data, manifest)
        except UserError as error:
            without[manifest.name] = str(error)
    return Corpus(data, tuple(manifests), statistics, without, tuple(load_known_mixes()))
