"""Make pages that Great Expectations drew open without a network.

Their scripts, styles and pictures come from content delivery networks. Copies stand in ``assets``;
here every such address in a page becomes a relative path to its copy (``addresses.json`` there).
"""

import functools
import json
import os
import re
import shutil
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
_PLACE = Path("static/assets")
_LOGO = Path("static/images/logo-long.png")
_ICON = Path("static/images/favicon.ico")

_VEGA = (
    "https://cdn.jsdelivr.net/npm/vega@5",
    "https://cdn.jsdelivr.net/npm/vega-lite@5",
    "https://cdn.jsdelivr.net/npm/vega-embed@6",
)
SECURITY = (
    "default-src 'none'; script-src 'self' file: 'unsafe-inline'; "
    "style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:; "
    "font-src 'self' file: data:; base-uri 'none'; form-action 'none'"
)
"""Great Expectations writes scripts and styles into its pages, so these cannot be forbidden as on
the project's own. Values of the data are escaped before they get there (``validation.data_docs``),
and nothing can be sent anywhere."""
_HEAD = re.compile(r"<head\b[^>]*>")
_REMOTE = r"(?:https?:)?//[^\"'\s)>]+"
_SCRIPT = re.compile(rf"<script\b[^>]*\bsrc=[\"']({_REMOTE})[\"'][^>]*>\s*</script>")
_STYLE = re.compile(rf"<link\b[^>]*\bhref=[\"']({_REMOTE})[\"'][^>]*>")
_FAVICON = re.compile(r"<link\b[^>]*\brel=\"shortcut icon\"[^>]*>")
_LOGOS = re.compile(r"https://great-expectations-web-assets[^\"'\s)]+\.png(?:\?[^\"'\s)]*)?")
_NEWSLETTER = re.compile(r"<footer>(?:(?!</footer>).)*newsletter.*?</footer>", re.DOTALL)
_LOADED = re.compile(
    rf"(?:\bsrc(?:set)?=[\"']?|<link\b[^>]*\bhref=[\"']?|url\(\s*[\"']?|@import\s+[\"'])({_REMOTE})",
    re.IGNORECASE,
)


def make_offline(site: Path) -> None:
    """Rewrite every page below ``site`` and put the copies there.

    Raises RuntimeError where a page loads something of which there is no copy.
    """
    shutil.copytree(ASSETS, site / _PLACE, ignore=shutil.ignore_patterns(".*", "*.json"))
    for unused in ("fonts", "styles"):
        shutil.rmtree(site / "static" / unused, ignore_errors=True)
    for page in sorted(site.rglob("*.html")):
        home = Path(os.path.relpath(site, page.parent))
        html = rewrite(page.read_text(encoding="utf-8"), home)
        if left := remote_addresses(html):
            raise RuntimeError(f"{page.name} loads {left[0]}, of which there is no copy")
        page.write_text(html, encoding="utf-8")


def rewrite(html: str, home: Path) -> str:
    """A page whose addresses point at the copies; ``home``: from the page to the site's root."""
    html = _SCRIPT.sub(lambda match: _local(match, home, '<script src="{}"></script>'), html)
    html = _STYLE.sub(lambda match: _local(match, home, '<link rel="stylesheet" href="{}">'), html)
    icon = f'<link rel="shortcut icon" href="{(home / _ICON).as_posix()}" type="image/x-icon">'
    policy = f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">'
    html = _HEAD.sub(lambda match: match[0] + policy, html, count=1)
    html = _LOGOS.sub((home / _LOGO).as_posix(), _FAVICON.sub(icon, html))
    return _NEWSLETTER.sub("", html)


def remote_addresses(text: str) -> list[str]:
    """Addresses that a browser would fetch by itself to show a page or a style sheet; links that
    a person may follow are not among them."""
    return _LOADED.findall(text)


@functools.cache
def _copies() -> dict[str, list[str]]:
    """Address -> its copies below ``assets``."""
    return json.loads((ASSETS / "addresses.json").read_text(encoding="utf-8"))


def _local(match: re.Match[str], home: Path, tag: str) -> str:
    address = match[1]
    if address in _VEGA and "vegaEmbed(" not in match.string:
        return ""
    if address not in _copies():
        return match[0]
    paths = ((home / _PLACE / copy).as_posix() for copy in _copies()[address])
    return "\n".join(tag.format(path) for path in paths)
