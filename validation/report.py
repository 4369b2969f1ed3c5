"""The report of a run: Data Docs that open offline, and a front page over them."""

import uuid
from pathlib import Path, PurePosixPath

from manifests.publish import publishing
from validation import data_docs, index_page
from validation.gate import REPORT, Run
from validation.offline import make_offline

_DOCS = "data_docs"


def build(data: Path, run: Run) -> Path:
    """Write ``DATA/report``; returns its front page.

    Data Docs are published whole, in place of the last ones; the front page last of all.
    """
    folder = data / REPORT
    with publishing(folder / _DOCS) as staging:
        pages = data_docs.build(run, staging)
        make_offline(staging)
    links = {suite: PurePosixPath(_DOCS, page.as_posix()) for suite, page in pages.items()}
    html = index_page.render(run.verdict, run.facts, links, f"{_DOCS}/index.html")
    return _write(folder / "index.html", html)


def _write(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
