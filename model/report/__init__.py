"""The report of an evaluation: static pages that open from disk and take its figures apart.

The tables are walked twice, in batches: first for what is counted and for the worst examples
(``standing``, ``examples``), then an image at a time for its page and for what is cut out of its
picture (``drawing``, ``pictures``). ``build`` writes the pages; ``views`` says what stands on them.
"""

MOST_PICTURES = 200
"""The worst images, which are shown with their picture unless another number is asked for."""
