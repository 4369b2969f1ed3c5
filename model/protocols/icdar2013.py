"""``icdar2013``: the competition's own script of ICDAR 2013 Task 2.1, over axis-aligned rectangles.

Figures by ``deteval`` are not comparable: word ground truth merged into lines scores more than .1
higher there, since here a line that two words make up may be given to the first of them alone.
"""

from model.protocols.corpus import Corpus
from model.protocols.passes import Rules, match_rectangles
from model.protocols.results import Matches

RULES = Rules(
    sole_overlap=False,
    several_overlaps=False,
    sole_partner_is_one_to_one=False,
    sum_digits=None,
)


def match_all(corpus: Corpus) -> Matches:
    """Match every image's inclusive rectangles; a UserError for quadrilaterals."""
    return match_rectangles(corpus, RULES)
