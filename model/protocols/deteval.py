"""``deteval``: the DetEval script of ICDAR 2013 Task 2.1, over axis-aligned rectangles.

It is kind to text lines: ground truths merged into a line keep their full credit. So its figures
must not be set beside those of ``icdar2013``, although both are published as "ICDAR 2013".
"""

from model.protocols.corpus import Corpus
from model.protocols.passes import Rules, match_rectangles
from model.protocols.results import Matches

RULES = Rules(
    sole_overlap=True,
    several_overlaps=True,
    sole_partner_is_one_to_one=True,
    sum_digits=4,
)


def match_all(corpus: Corpus) -> Matches:
    """Match every image's inclusive rectangles; a UserError for quadrilaterals."""
    return match_rectangles(corpus, RULES)
