"""The report: static pages that open from disk, over the manifests, the gate and the findings.

One pass over the tables collects what the pages count (``collect``), the findings are read in
batches of which the worst are kept (``ranked``), the pictures of those alone are opened
(``thumbs``), and ``build`` writes the pages (``views``: what stands on them; ``templates``: how).
"""
