"""The report in a real browser, from disk."""

import base64
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pil

from manifests.findings import Code, read_findings
from tests.browser import LOW_CONTRAST, Page, browsing, find_browser
from tests.planting import scripts_that_ran
from tests.validation.site.conftest import OPTIONS

PER_CODE = OPTIONS.per_code
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"
_SHOWN = "[...document.querySelectorAll('#matrix tbody tr')].filter(r => !r.hidden).length"
_RESULTS = "document.querySelectorAll('#results li').length"
_TOLD = "document.querySelector('.filters .result').textContent"
_CUT_OFF = """
[...document.querySelectorAll('.card .text, .card .text *')]
  .filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)
"""
PAGES = (
    "index.html",
    "site/datasets/alpha~train.html",
    "site/finding-region_small.html",
    "site/finding-leak_exact.html",
    "site/finding-evil.html",
    "site/finding-drift_height.html",
    "site/distributions.html",
    "site/mixes.html",
    "site/search.html",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    find_browser()
    with browsing(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(autouse=True)
def fresh(page: Page) -> Iterator[None]:
    """Every test looks at a wide light screen first; nothing may go wrong or leave the disk."""
    page.look(1280)
    page.problems.clear()
    page.requests.clear()
    yield
    assert page.problems == []
    assert [r for r in page.requests if not r.startswith(("file://", "data:"))] == []


def go(page: Page, report: Path, address: str) -> None:
    path, _, fragment = address.partition("#")
    page.open((report / path).as_uri() + (f"#{fragment}" if fragment else ""))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_every_page_opens_fits_and_can_be_read(
    page: Page, report: Path, width: int, scheme: str
) -> None:
    page.look(width, scheme=scheme)
    for address in PAGES:
        go(page, report, address)
        assert page.value("document.querySelector('h1').textContent.trim().length") > 0
        assert page.value("document.documentElement.scrollWidth") <= width, address
        assert page.value(LOW_CONTRAST) == [], address
        assert page.value(_CUT_OFF) == [], address
        shown = page.value(_BACKGROUND)
        assert shown == ("rgb(20, 23, 26)" if scheme == "dark" else "rgb(255, 255, 255)")


def test_pictures_are_there_and_the_rest_says_why(page: Page, report: Path) -> None:
    go(page, report, "site/finding-region_small.html")
    page.value(
        "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode() }))"
    )
    assert page.value("[...document.images].every(i => i.naturalWidth > 0)")
    assert page.value("document.images.length") == 22
    assert page.value("document.querySelectorAll('.missing').length") == 2
    assert page.value("document.querySelectorAll('.line.region').length") == 22


def test_the_outline_is_seen_and_can_be_hidden(page: Page, report: Path) -> None:
    go(page, report, "site/finding-region_small.html")
    page.value("document.images[5].scrollIntoView() || document.images[5].decode()")
    gold = gold_pixels(page)
    assert gold > 200
    page.value("document.getElementById('outlines').click()")
    assert gold_pixels(page) < gold / 4


def gold_pixels(page: Page) -> int:
    """How many pixels have the colour of a region's outline."""
    with Pil.open(io.BytesIO(base64.b64decode(page.screenshot()))) as shot:
        pixels = np.asarray(shot.convert("RGB")).astype(int)
    return int((np.abs(pixels - (255, 176, 0)).max(axis=-1) < 24).sum())


def counted(report: Path) -> tuple[list[Code], int]:
    """The codes of the planted findings, and how many findings the pages show."""
    part = read_findings(report / "findings.parquet")
    each = Counter(part.table["code"].to_pylist())
    return list(part.codes), sum(min(count, PER_CODE) for count in each.values())


def test_the_table_of_codes_is_filtered(page: Page, report: Path) -> None:
    codes, _ = counted(report)
    notes = [code for code in codes if code.severity == "note"]
    assert 1 < len(notes) < len(codes)
    go(page, report, "index.html")
    assert page.value(_SHOWN) == len(codes)
    page.value(
        "(s => { s.value = 'note'; s.dispatchEvent(new Event('input', {bubbles: true})) })"
        "(document.querySelector('[name=severity]'))"
    )
    assert page.value(_SHOWN) == len(notes)
    assert page.value(_TOLD) == f"{len(notes)} of {len(codes)} codes"
    page.value("document.querySelector('[name=text]').focus()")
    page.send("Input.insertText", text="HEIGHTS differ")
    assert page.value(_SHOWN) == 1


def test_a_number_of_the_overview_leads_to_its_findings(page: Page, report: Path) -> None:
    go(page, report, "index.html")
    address = page.value("document.querySelector('#matrix td a[href*=region_small]').href")
    page.open(address)
    assert page.value(_RESULTS) == PER_CODE
    assert page.value(_TOLD) == f"{PER_CODE} of {counted(report)[1]} findings"
    page.value("document.querySelector('[name=text]').focus()")
    page.send("Input.insertText", text="img_39#1")
    assert page.value(_RESULTS) == 1
    assert "text=img_39%231" in page.value("location.hash")
    page.open(page.value("document.querySelector('#results a').href"))
    assert page.value("document.querySelector(':target code').textContent") == (
        "alpha/train/img_39"
    )
    assert page.value("document.querySelector(':target h3').textContent") == "alpha/train/img_39#1"


def test_the_search_is_cleared_and_finds_nothing_for_nonsense(page: Page, report: Path) -> None:
    go(page, report, "site/search.html#text=nonsense")
    assert page.value(_RESULTS) == 0
    assert page.value(_TOLD) == f"0 of {counted(report)[1]} findings"
    page.value("document.querySelector('button[type=reset]').click()")
    page.value("new Promise(done => setTimeout(done, 50))")
    assert page.value(_RESULTS) == counted(report)[1]
    assert page.value("location.hash") == ""


def test_values_from_the_data_are_text(page: Page, report: Path) -> None:
    go(page, report, "site/search.html#code=evil")
    assert page.value(_RESULTS) == 1
    assert page.value("document.querySelector('#results').innerHTML.includes('<script')") is False
    assert "alert(1)" in page.value("document.querySelector('#results').textContent")


def test_the_keyboard_reaches_everything_and_focus_is_seen(page: Page, report: Path) -> None:
    go(page, report, "site/finding-region_small.html")
    page.key("Tab", 9)
    assert page.value("document.activeElement.className") == "skip"
    assert page.value("document.activeElement.getBoundingClientRect().left") >= 0
    page.key("Enter", 13, "\r")
    assert page.value("document.activeElement.id") == "content"
    page.key("Tab", 9)
    assert page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_without_scripts_nothing_is_missing_but_the_search(page: Page, report: Path) -> None:
    page.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.open((report / "index.html").as_uri(), settle=False)
        assert page.value(_SHOWN) == len(counted(report)[0])
        assert page.value("getComputedStyle(document.querySelector('.filters')).display") == "none"
    finally:
        page.send("Emulation.setScriptExecutionDisabled", value=False)


def test_a_script_that_got_into_a_page_does_not_run(page: Page, report: Path) -> None:
    for address in ("index.html", "site/finding-evil.html", "site/search.html"):
        assert scripts_that_ran(page, report / address) == ("", b""), address


def test_pages_of_great_expectations_work_and_ask_nothing_of_a_network(
    page: Page, report: Path
) -> None:
    """They hold scripts of their own, so that one among them would run; it could tell nobody."""
    docs = report / "data_docs"
    for path in (docs / "index.html", *sorted((docs / "validations").rglob("*.html"))[:2]):
        page.open(path.as_uri())
        assert page.value("document.body.textContent.trim().length") > 100
        assert page.value("getComputedStyle(document.querySelector('.row')).display") == "flex"
    assert page.problems == []
    ran, received = scripts_that_ran(page, docs / "index.html")
    assert ran and received == b""
