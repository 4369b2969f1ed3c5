"""Pages load nothing from anywhere but beside themselves."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

from validation.offline import ASSETS, make_offline, remote_addresses, rewrite

_POPPER = "https://cdnjs.cloudflare.com/ajax/libs/popper.js/1.12.9/umd/popper.min.js"
_FONTS = "https://cdnjs.cloudflare.com/ajax/libs/font-awesome/6.6.0/css/all.min.css"


def test_a_script_becomes_its_copy_without_its_checks_for_strangers() -> None:
    tag = f'<script src="{_POPPER}" integrity="sha384-x" crossorigin="anonymous"></script>'
    found = rewrite(tag, Path("../.."))
    assert found == '<script src="../../static/assets/popper/popper.min.js"></script>'


def test_a_page_may_send_nothing_anywhere() -> None:
    found = rewrite('<html><head lang="en"><title>x</title></head></html>', Path())
    (policy,) = re.findall(
        r'<head lang="en"><meta http-equiv="Content-Security-Policy" content="([^"]+)">', found
    )
    assert policy.startswith("default-src 'none'; ") and "http" not in policy
    assert "connect-src" not in policy and "*" not in policy


def test_one_address_may_have_two_copies() -> None:
    found = rewrite(f'<link rel="stylesheet" href="{_FONTS}">', Path())
    assert re.findall(r'href="([^"]+)"', found) == [
        "static/assets/fontawesome/css/fontawesome.min.css",
        "static/assets/fontawesome/css/solid.min.css",
    ]


def test_graphs_keep_their_scripts_and_are_refused(tmp_path: Path) -> None:
    vega = '<script src="https://cdn.jsdelivr.net/npm/vega@5"></script>'
    assert rewrite(vega, Path()) == ""
    (tmp_path / "page.html").write_text(vega + "<script>vegaEmbed('#x')</script>")
    with pytest.raises(RuntimeError, match=r"vega@5, of which there is no copy"):
        make_offline(tmp_path)


def test_advertising_goes_and_links_stay() -> None:
    link = '<a href="https://greatexpectations.io">Great Expectations</a>'
    footer = f"<footer> <p>newsletter</p> {link}</footer>"
    assert rewrite(f"{link}{footer}<footer>mine</footer>", Path()) == f"{link}<footer>mine</footer>"


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://a.b/c.js"></script>',
        "<script type='module' src='//a.b/c.js'></script>",
        '<link rel="stylesheet" href="http://a.b/c.css">',
        '<img alt="x" src="https://a.b/c.png">',
        "<style>@import 'https://a.b/c.css'</style>",
        "<style>a { background: url( https://a.b/c.png) }</style>",
        "<style>@font-face { src: url('//a.b/c.woff2') }</style>",
    ],
)
def test_whatever_a_browser_would_fetch_is_found(html: str) -> None:
    assert len(remote_addresses(html)) == 1


def test_what_a_browser_does_not_fetch_is_left_alone() -> None:
    html = '<a href="https://a.b">x</a> <img src="c/d.png"> url("data:image/svg+xml,http://w3")'
    assert remote_addresses(html) == []


def test_the_copies_are_the_files_that_the_pages_name() -> None:
    known = {
        "popper/popper.min.js": "ApNbgh9B+Y1QKtv3Rn7W3mgPxhU9K/ScQsAP7hUibX39j7fakFPskvXusvfa0b4Q",
        "bootstrap/bootstrap.min.js": (
            "JjSmVgyd0p3pXB1rRibZUAYoIIy6OrQ6VrjIEaFf/nJGzIxFDsf4x0xIM+B07jRM"
        ),
    }
    for name, digest in known.items():
        data = (ASSETS / name).read_bytes()
        assert base64.b64encode(hashlib.sha384(data).digest()).decode() == digest


def test_every_copy_is_there_has_a_licence_and_loads_nothing_remote() -> None:
    addresses = json.loads((ASSETS / "addresses.json").read_text())
    notice = (ASSETS / "NOTICE.md").read_text()
    for copy in {copy for copies in addresses.values() for copy in copies}:
        folder = copy.partition("/")[0]
        assert (ASSETS / folder / "LICENSE").is_file()
        assert f"| `{folder}` |" in notice
        if copy.endswith(".css"):
            assert remote_addresses((ASSETS / copy).read_text(encoding="utf-8")) == []


def test_the_copies_are_small() -> None:
    assert sum(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) < 3_000_000
