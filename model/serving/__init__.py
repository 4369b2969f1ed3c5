"""A detector behind a small web server: a page to look at what it sees, and an HTTP endpoint.

``server`` listens, ``app`` answers, ``desk`` keeps the order of the network's work; what they
decide with is pure: ``thresholds``, ``layers``, ``store``, ``guard``, ``limits``, ``problems``.
"""
