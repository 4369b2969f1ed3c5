"""Proposals joined into text lines.

A proposal's successor is the best neighbour to its right, its predecessor the best to its left;
where two choose each other they are joined, and a chain of joined proposals is a text line.
(Tian et al. 2016, "Detecting Text in Natural Image with Connectionist Text Proposal Network",
section 3.1, with the slanted lines and the side refinement of section 3.3.)

Proposals sit on whole columns, so neighbours are looked up column by column: the cost grows with
the number of proposals times those that share one column, never with the square of all.

Shape letters: N proposals, L lines.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.proposals import Proposals
from model.slices import STRIDE, expand

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LineSettings:
    """How proposals become lines. Lengths are pixels of the resized image."""

    gap: int = 16
    """Furthest neighbour, left edge to left edge. 16 is the next column: words of one line stay
    apart where a whole column between them is empty; the paper's 50 joins them to lines."""
    min_overlap: float = 0.7
    """Least vertical overlap of two neighbours, as a share of the lower one's height."""
    min_height_ratio: float = 0.7
    """Least ratio of the lower neighbour's height to the taller one's."""
    min_aspect: float = 0.5
    """A line is kept if its width over its mean height is greater than this."""
    min_score: float = 0.9
    """A line is kept if the mean score of its members is greater than this."""
    min_proposals: int = 2
    """A line is kept if it has at least so many members."""
    refine_sides: bool = True
    """Whether the ends come from the side offsets instead of the columns' borders."""
