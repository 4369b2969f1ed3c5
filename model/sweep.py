"""Trying many settings of the decoding on a mix, while the network sees every picture once.

All settings of a grid are tried, not one key after the other: the keys depend on each other (what
more proposals add, a higher score of lines takes away again), and next to the network the decoding
costs little. Lines are built once for all values of ``lines.min_score``, which leaves some out.

Shape letters: B bases, settings of all keys but ``lines.min_score``; T values of that key.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from manifests.errors import UserError
from model.arrays import Bools, Ints
from model.config import Config, with_changes
from model.evaluate import detections
from model.lines import build_lines
from model.outputs import Outputs, TextLines, in_picture, text_proposals
from model.protocols import PROTOCOLS
from model.protocols.corpus import Corpus
from model.protocols.inputs import GroundTruths
from model.protocols.results import Figures, corpus_figures

SCORE = "lines.min_score"
MAX_BASES = 200
CURVE = tuple(round(float(value), 2) for value in np.arange(0, 1, 0.02))
"""Values of ``lines.min_score`` at which the curve of precision and recall is drawn."""

Value = float | int | bool
Grid = Mapping[str, Sequence[Value]]
Setting = dict[str, Value]
"""Values by dotted key."""

DEFAULT_GRID: Grid = {
    "proposals.min_score": (0.2, 0.3, 0.4, 0.5, 0.6, 0.7),
    "lines.min_overlap": (0.3, 0.4, 0.5, 0.6, 0.7),
    SCORE: (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
}
"""How sure a proposal and a line must be, and how far neighbours must agree: the three keys that
networks differ in most."""


def parse_grid(entries: Sequence[str], config: Config) -> Grid:
    """The grid of ``KEY=a,b,c`` entries, by default ``DEFAULT_GRID``. Raises UserError."""
    grid: dict[str, tuple[Value, ...]] = {}
    for entry in entries:
        key, equals, values = entry.partition("=")
        if not equals or key.partition(".")[0] not in ("proposals", "lines"):
            raise UserError(
                f"--grid {entry}: expected a key of proposals or lines with its values, "
                "such as lines.min_score=0.7,0.8,0.9"
            )
        if key in grid:
            raise UserError(f"--grid {key} stands twice; give all its values at once")
        tried = {_value(with_changes(config, [f"{key}={text}"]), key) for text in values.split(",")}
        grid[key] = tuple(sorted(tried))
    return grid or DEFAULT_GRID


class Place(NamedTuple):
    """A setting by the positions of its base and of its ``lines.min_score``."""

    base: int
    score: int


class Sweep:
    """What the settings of a grid, and the checkpoint's own, find under one protocol.

    ``add`` one picture after the other; only counts are kept.
    """

    def __init__(self, grid: Grid, config: Config, protocol: str) -> None:
        keys = sorted(grid, key=lambda key: (not key.startswith("proposals"), key))
        self.grid = {key: tuple(grid[key]) for key in keys}
        self.protocol = PROTOCOLS[protocol]
        rest = {key: values for key, values in self.grid.items() if key != SCORE}
        own: Setting = {key: _value(config, key) for key in rest}
        combined = [
            dict(zip(rest, each, strict=True)) for each in itertools.product(*rest.values())
        ]
        self.bases = combined if own in combined else [*combined, own]
        if len(self.bases) > MAX_BASES:
            raise UserError(
                f"the grid has {len(self.bases)} settings, not counting those of {SCORE}, which "
                f"cost nothing; give at most {MAX_BASES}"
            )
        chosen = set(map(float, self.grid.get(SCORE, ()))) or {config.lines.min_score}
        self.scores = sorted({*CURVE, *chosen, config.lines.min_score})
        self._configs = [
            with_changes(config, [f"{key}={value}" for key, value in base.items()])
            for base in self.bases
        ]
        self.own = Place(self.bases.index(own), self.scores.index(config.lines.min_score))
        # The curve's values are no candidates, and the checkpoint's own are, in the grid or not.
        self._candidates: Bools = np.zeros((len(self.bases), len(self.scores)), dtype=bool)
        self._candidates[: len(combined), [self.scores.index(score) for score in chosen]] = True
        self._candidates[self.own] = True
        self.tallies: Ints = np.zeros((*self._candidates.shape, 2, 5), dtype=np.int64)

    def add(self, outputs: Outputs, truths: GroundTruths) -> None:
        """Count what every setting finds in one picture, by what the network says of it."""
        found = [
            detections(_above(lines, score), self.protocol.takes_quadrilaterals)
            for lines in self._lines(outputs)
            for score in self.scores
        ]
        corpus = Corpus.of([truths] * len(found), found)
        matches = self.protocol.match_all(corpus)
        tallies = matches.tallies(corpus.truth_counts, corpus.detection_counts)
        self.tallies = self.tallies + tallies.reshape(self.tallies.shape)

    def figures(self) -> Figures:
        """Figures of all settings, each (B, T)."""
        return corpus_figures(self.tallies)

    def best(self) -> Place:
        """The setting of the greatest hmean; of equals the checkpoint's own, else the first."""
        hmean = np.where(self._candidates, self.figures().hmean, -1)
        if hmean[self.own] == hmean.max():
            return self.own
        base, score = np.unravel_index(hmean.argmax(), hmean.shape)
        return Place(int(base), int(score))

    def setting(self, place: Place) -> Setting:
        """The values of a setting by dotted key."""
        return {**self.bases[place.base], SCORE: self.scores[place.score]}

    def settings(self) -> list[Place]:
        """All settings that can be chosen."""
        return [Place(int(base), int(score)) for base, score in np.argwhere(self._candidates)]

    def neighbours(self, place: Place) -> list[Place]:
        """The settings that differ from one in a single key, by a single step of the grid."""
        setting = self.setting(place)
        return [other for other in self.settings() if self._is_next(setting, self.setting(other))]

    def _is_next(self, one: Setting, other: Setting) -> bool:
        differing = [key for key in one if one[key] != other[key]]
        if len(differing) != 1:
            return False
        key = differing[0]
        values = sorted({*self.grid.get(key, ()), one[key], other[key]})
        return abs(values.index(one[key]) - values.index(other[key])) == 1

    def _lines(self, outputs: Outputs) -> Iterator[TextLines]:
        """The lines of each base, whatever their score. Bases that agree on the proposals stand
        together, which are decoded once."""
        known, proposals = None, None
        for config in self._configs:
            if proposals is None or config.proposals != known:
                known, proposals = config.proposals, text_proposals(outputs, config)
            every = replace(config.lines, min_score=-1.0)  # those of score 0 are left to _above
            yield in_picture(build_lines(proposals, every), outputs.placed)


def _above(lines: TextLines, score: float) -> TextLines:
    """The lines whose score is greater; lines come by falling score."""
    count = int((lines.scores > score).sum())
    return TextLines(lines.quads[:count], lines.scores[:count])


def _value(config: Config, key: str) -> Value:
    group, _, name = key.partition(".")
    value: Value = getattr(getattr(config, group), name)
    return value
