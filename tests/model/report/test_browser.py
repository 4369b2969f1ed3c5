"""The report of an evaluation in a real browser, from disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import LOW_CONTRAST, Page, browsing, find_browser
from tests.planting import scripts_that_ran

PAGES = (
    "index.html",
    "where-iou.html",
    "images-deteval.html",
    "truths-missed-iou.html",
    "detections-duplicate-iou.html",
    "images/alpha~train~img_1.html",
    "images/alpha~train~img_2.html",
    "images/beta~test~img_0.html",
)
_LINE = "document.querySelector('#on-{} .line')"
_STYLE = "(s => [s.stroke, s.strokeDasharray])(getComputedStyle({}))"
_SHOWN = "[...document.querySelectorAll('.mark')].filter(m => m.getClientRects().length).length"
_ORDER = "[...document.querySelectorAll('tbody th')].map(h => h.textContent.trim())"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    find_browser()
    with browsing(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(autouse=True)
def fresh(page: Page) -> Iterator[None]:
    """Every test begins on a wide screen; nothing may go wrong or leave the disk."""
    page.look(1280)
    page.problems.clear()
    page.requests.clear()
    yield
    assert page.problems == []
    assert [r for r in page.requests if not r.startswith(("file://", "data:"))] == []


def go(page: Page, report: Path, address: str) -> None:
    path, mark, fragment = address.partition("#")
    page.open((report / path).as_uri() + mark + fragment)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_every_page_opens_fits_and_loads_its_pictures(
    page: Page, report: Path, width: int, scheme: str
) -> None:
    page.look(width, scheme=scheme)
    for address in PAGES:
        go(page, report, address)
        assert page.value("document.querySelector('h1').textContent.trim().length") > 0
        assert page.value("document.documentElement.scrollWidth") <= width, address
        assert page.value(LOW_CONTRAST) == [], address
        assert page.value(
            "Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode() }))"
            ".then(() => [...document.images].every(i => i.naturalWidth > 0))"
        ), address


def test_outlines_follow_the_protocol_that_is_chosen(page: Page, report: Path) -> None:
    go(page, report, "images/alpha~train~img_2.html")
    looks = []
    for k in range(3):
        page.value(f"document.getElementById('as-{k}').click()")
        looks.append(page.value(_STYLE.format(_LINE.format("T1"))))
    assert looks[0] == looks[2] != looks[1]  # merged, split, merged
    assert looks[0][0] != looks[1][0] and looks[0][1] != looks[1][1]


def test_a_link_opens_with_its_protocol_and_the_images_beside_it_too(
    page: Page, report: Path
) -> None:
    chosen = "document.querySelector('[name=as]:checked').value"
    go(page, report, "images/alpha~train~img_2.html")
    assert page.value(chosen) == "deteval"
    for address in ("truths-merged-iou.html", "images-iou.html"):
        go(page, report, address)
        first = "document.querySelector('main [href^=\"images/\"]').getAttribute('href')"
        go(page, report, page.value(first))
        assert page.value(chosen) == "iou"
    page.value("document.getElementById('as-1').click()")
    beside = "[...document.querySelectorAll('.local a')].map(a => a.hash)"
    assert set(page.value(beside)) == {"#image~icdar2013"}
    go(page, report, "images/alpha~train~img_2.html#T1~iou")
    place = "document.querySelector('tr:has(:target) th').textContent"
    assert (page.value(chosen), page.value(place)) == ("iou", "T1")
    page.value("document.querySelector('#on-D1').dispatchEvent(new MouseEvent('click'))")
    assert page.value(chosen) == "iou"


def test_what_is_not_wanted_is_hidden(page: Page, report: Path) -> None:
    go(page, report, "images/alpha~train~img_0.html")
    assert page.value(_SHOWN) == 6
    page.value("document.getElementById('show-ignored').click()")
    assert page.value(_SHOWN) == 4
    page.value("document.getElementById('show-detections').click()")
    assert page.value(_SHOWN) == 2
    page.value("document.getElementById('show-picture').click()")
    assert page.value("getComputedStyle(document.images[0]).visibility") == "hidden"


def test_numbers_lead_from_the_picture_to_the_rows_and_back(page: Page, report: Path) -> None:
    go(page, report, "images/alpha~train~img_2.html")
    page.value("document.querySelector('#on-D1').dispatchEvent(new MouseEvent('click'))")
    assert page.value("document.querySelector(':target').tagName") == "TR"
    assert page.value("document.querySelector(':target th').textContent") == "D1"
    page.value("document.querySelector('#T2 th a').click()")
    assert page.value("document.querySelector(':target').id") == "on-T2"


def test_tables_are_sorted_by_a_heading_and_back(page: Page, report: Path) -> None:
    go(page, report, "images-iou.html")
    press = (
        "[...document.querySelectorAll('button.sort')].find(b => b.textContent == 'Image').click()"
    )
    page.value(press)
    names = page.value(_ORDER)
    assert names == sorted(names) and len(names) == 6
    page.value(press)
    assert page.value(_ORDER) == names[::-1]
    page.value(press.replace("Image", "missed"))
    page.value(press.replace("Image", "missed"))
    assert page.value(_ORDER)[0] == "alpha/train/img_1"


def test_a_script_that_got_into_a_page_does_not_run(page: Page, report: Path) -> None:
    for address in ("index.html", "images/alpha~train~img_1.html"):
        assert scripts_that_ran(page, report / address) == ("", b""), address
