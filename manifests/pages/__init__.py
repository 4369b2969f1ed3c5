"""Static pages that open from disk: what the reports of the upper packages have in common.

``writing`` renders templates, every value escaped and every address relative; ``words`` writes
numbers and names; ``templates`` and ``assets`` hold the skeleton of a page and its looks.
"""
