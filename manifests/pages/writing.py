"""Pages from templates: every value escaped, every address relative to its page."""

import posixpath
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from manifests.pages import words

_HERE = Path(__file__).parent
_ASSETS = _HERE / "assets"

SECURITY = (
    "default-src 'none'; img-src 'self' file: data:; style-src 'self' file:; "
    "script-src 'self' file:; base-uri 'none'; form-action 'none'"
)
"""What a page may load: what stands beside it. Browsers do not agree what ``self`` is of a page
from disk, hence ``file:``, which a page from a server may not load anyhow."""


def environment(templates: Path) -> Environment:
    """The templates of a folder and those that all reports have, with the words of ``words`` as
    filters."""
    found = Environment(
        loader=FileSystemLoader([templates, _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in ("count", "number", "percent", "plural", "signed", "slug", "visible"):
        found.filters[name] = getattr(words, name)
    found.globals["security"] = SECURITY
    return found


def addresses(page: str) -> Callable[[str], str]:
    """Address of a file, given like ``page`` relative to the report's folder, from that page."""
    home = posixpath.dirname(page)

    def to(target: str) -> str:
        path, mark, fragment = target.partition("#")
        relative = posixpath.relpath(path, home or ".")
        return quote(relative, safe="/~.-_") + mark + quote(fragment, safe="=&/~.-_%")

    return to


def write_page(
    found: Environment, path: Path, page: str, template: str, values: dict[str, Any]
) -> None:
    """Write one page to ``path``; ``page``: its address, relative to the report's folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    html = found.get_template(template).render(to=addresses(page), page=page, **values)
    path.write_text(html, encoding="utf-8", errors="backslashreplace")


def copy_assets(own: Path, folder: Path) -> None:
    """Put the styles that all reports have, and a report's ``own``, into a new ``folder``."""
    shutil.copytree(_ASSETS, folder)
    shutil.copytree(own, folder, dirs_exist_ok=True)
