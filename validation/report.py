"""The report of a run: Data Docs that open offline, and the site over them."""

from pathlib import Path, PurePosixPath

from manifests.findings import REPORT
from manifests.publish import publishing
from validation import data_docs
from validation.gate import Run
from validation.offline import make_offline
from validation.site.build import Options
from validation.site.build import build as build_site

_DOCS = "data_docs"


def build(data: Path, run: Run, options: Options | None = None) -> Path:
    """Write ``DATA/report``; returns its front page.

    Data Docs are published whole, in place of the last ones; then the site, the front page last of
    all. What others wrote to the folder stays.
    """
    with publishing(data / REPORT / _DOCS, digests=True) as staging:
        pages = data_docs.build(run, staging)
        make_offline(staging)
    links = {suite: PurePosixPath(_DOCS, page.as_posix()) for suite, page in pages.items()}
    return build_site(data, run.verdict, run.facts, links, options or Options())
