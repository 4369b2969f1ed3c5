"""The page in a real browser, with a server on the loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from manifests.strict_yaml import load_yaml
from model.config import with_changes
from tests.browser import Page, browsing, find_browser
from tests.model.serving.conftest import Running, picture, wait_until

_LINES = "document.querySelectorAll('#overlay polygon').length"
_ROWS = "document.querySelectorAll('#rows tr').length"
_COUNTS = "[...document.querySelectorAll('[data-count]')].map(e => Number(e.textContent))"
_TOLD = "document.querySelector('#told').textContent"
_PROBLEM = "document.querySelector('#problem:not([hidden])')?.textContent ?? ''"
_DROP = """
(async () => {
  const file = new File([await (await fetch('/icon.svg')).blob()], 'icon.svg');
  const data = new DataTransfer();
  data.items.add(file);
  document.body.dispatchEvent(
    new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
})()
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    find_browser()
    with browsing(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(autouse=True)
def opened(page: Page, served: Running) -> Iterator[None]:
    """Every test begins with a fresh page; nothing may go wrong or leave the machine."""
    page.look(1280)
    page.problems.clear()
    page.requests.clear()
    page.open(served.url)
    yield
    assert page.problems == []
    elsewhere = [r for r in page.requests if urlsplit(r.removeprefix("blob:")).hostname]
    assert {urlsplit(r.removeprefix("blob:")).netloc for r in elsewhere} == {
        f"127.0.0.1:{served.port}"
    }


def choose(page: Page, path: Path) -> None:
    """Give a file to the page's input, as a person does."""
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", files=[str(path)], nodeId=node)


def upload(page: Page, folder: Path, red: int = 100, **more: object) -> Path:
    path = folder / f"{red}.png"
    path.write_bytes(picture(red, **more))  # type: ignore[arg-type]
    choose(page, path)
    wait_until(lambda: page.value(_TOLD))
    return path


def move(page: Page, name: str, value: object) -> None:
    """Move a slider to a value, or press a switch."""
    at = f"document.getElementById({json.dumps(name)})"
    if isinstance(value, bool):
        page.value(f"{at}.click()")
    else:
        page.value(f"{at}.value = {value}; {at}.dispatchEvent(new Event('input'))")


def test_a_picture_is_seen_and_a_slider_moves_its_lines(
    page: Page, served: Running, tmp_path: Path
) -> None:
    upload(page, tmp_path)
    assert page.value(_COUNTS) == [16, 8, 1]
    assert (page.value(_LINES), page.value(_ROWS)) == (1, 1)
    assert "640 × 320 px: 1 line; network" in page.value(_TOLD)
    calls = served.network.calls

    move(page, "lines.min_score", 0.97)
    wait_until(lambda: page.value(_LINES) == 0)
    assert page.value("document.querySelector('#none').hidden") is False
    move(page, "proposals.min_score", 0.2)
    wait_until(lambda: page.value(_COUNTS) == [16, 16, 0])
    page.value("document.querySelector('#reset').click()")
    wait_until(lambda: page.value(_COUNTS) == [16, 8, 1])
    assert served.network.calls == calls


def test_the_last_of_many_moves_counts(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path)
    for value in [0.1, 0.97, 0.5, 0.98, 0.3, 0.99]:
        move(page, "lines.min_score", value)
    wait_until(lambda: page.value(_LINES) == 0)
    page.value("new Promise(done => setTimeout(done, 200))")
    assert page.value(_LINES) == 0


def test_a_move_while_the_network_is_at_work_counts(
    page: Page, served: Running, tmp_path: Path
) -> None:
    served.network.open.clear()
    try:
        path = tmp_path / "slow.png"
        path.write_bytes(picture())
        choose(page, path)
        wait_until(lambda: served.service.desk.in_hand == 1)
        assert page.value("document.querySelector('#busy').checkVisibility()")
        move(page, "lines.min_score", 0.97)
    finally:
        served.network.open.set()
    wait_until(lambda: page.value(_COUNTS) == [16, 8, 0])
    assert not page.value("document.querySelector('#busy').checkVisibility()")


def test_layers_can_be_switched(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path)
    shown = "getComputedStyle(document.querySelector('.{}-layer')).display"
    for layer, first in (("slices", "none"), ("proposals", "inline"), ("lines", "inline")):
        other = "inline" if first == "none" else "none"
        assert page.value(shown.format(layer)) == first
        page.value(f"document.querySelector('[data-layer={layer}]').click()")
        assert page.value(shown.format(layer)) == other


def test_row_and_line_point_at_each_other(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path)
    page.value("document.querySelector('#rows button').focus()")
    assert page.value("document.querySelector('#overlay polygon.on') !== null")
    page.value("document.activeElement.blur()")
    assert page.value("document.querySelector('#overlay polygon.on') === null")
    page.value(
        "document.querySelector('#overlay polygon')"
        ".dispatchEvent(new PointerEvent('pointerover', {bubbles: true}))"
    )
    assert page.value("document.querySelector('#rows tr.on') !== null")


def test_lines_have_the_numbers_of_the_table(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path)
    number = "document.querySelector('#overlay text')"
    assert page.value(f"{number}.textContent") == "1"
    assert page.value("document.querySelector('#rows button').textContent") == "1"
    shown = f"getComputedStyle({number}).display"
    height = f"{number}.getBoundingClientRect().height"
    assert page.value(shown) != "none"
    first = page.value(height)
    assert 8 < first < 20
    page.value("document.querySelector('#closer').click()")
    page.value("new Promise(done => setTimeout(done, 100))")
    assert page.value(height) == pytest.approx(first, abs=2)
    page.value("document.querySelector('#rows button').focus()")
    assert page.value(height) > first + 2


def test_low_lines_show_their_numbers_when_they_are_pointed_at(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path, size=(6400, 3200))
    shown = "getComputedStyle(document.querySelector('#overlay text')).display"
    page.value("document.querySelector('#overlay text').classList.add('low')")
    assert page.value(shown) == "none"
    page.value("document.querySelector('#rows button').focus()")
    assert page.value(shown) != "none"


def test_what_is_said_to_browsers_without_scripts_is_not_seen_with_them(page: Page) -> None:
    assert "script" not in page.value("document.querySelector('header').innerText")


def test_what_was_found_by_hand_can_be_taken_along(
    page: Page, served: Running, tmp_path: Path
) -> None:
    upload(page, tmp_path)
    move(page, "lines.gap", 20)
    move(page, "lines.split_at_sides", False)
    page.value("document.querySelector('#copy-set').click()")
    text = "document.querySelector('#text').value"
    wait_until(lambda: page.value(text))
    flag, *changes = page.value(text).split()
    assert (flag, changes) == ("--set", ["lines.gap=20", "lines.split_at_sides=false"])
    wanted = with_changes(served.network.config, changes)

    page.value("document.querySelector('#copy-yaml').click()")
    wait_until(lambda: page.value(text).startswith("proposals:"))
    tree = load_yaml(page.value(text))
    chosen = tree.pop("chosen")
    assert chosen == {"by": "hand", "checkpoint_sha256": "0" * 64}
    as_changes = [f"{g}.{k}={yaml.safe_dump(v)}" for g in tree for k, v in tree[g].items()]
    assert len(as_changes) == 10
    assert with_changes(served.network.config, as_changes) == wanted


def test_a_picture_that_is_none_is_explained(page: Page, served: Running, tmp_path: Path) -> None:
    page.value(_DROP)
    wait_until(lambda: page.value(_PROBLEM))
    assert "cannot be decoded" in page.value(_PROBLEM)
    assert page.value("document.querySelector('#stage').hidden")
    page.problems.clear()  # the browser logs the status
    upload(page, tmp_path)
    assert page.value(_PROBLEM) == ""
    assert not page.value("document.querySelector('#stage').hidden")


def test_a_picture_that_was_forgotten_is_sent_again(
    page: Page, served: Running, tmp_path: Path
) -> None:
    upload(page, tmp_path)
    address = next(r for r in page.requests if "/api/pictures" in r)
    for name in list(served.service._kept._kept):
        served.service.remove(name)
    move(page, "lines.min_score", 0.97)
    wait_until(lambda: page.value(_LINES) == 0)
    assert len([r for r in page.requests if r.startswith(address.partition("?")[0] + "?")]) == 2
    page.problems.clear()


def test_outlines_lie_on_the_picture_at_every_zoom(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path, size=(640, 320))
    place = """(() => {
      const [a, b] = ['#picture', '#overlay polygon'].map(
        s => document.querySelector(s).getBoundingClientRect());
      return [(b.left - a.left) / a.width, (b.top - a.top) / a.height, a.width];
    })()"""
    widths = []
    for _ in range(3):
        across, down, width = page.value(place)
        assert across == pytest.approx(99.2 / 640, abs=0.01)
        assert down == pytest.approx(120 / 320, abs=0.01)
        widths.append(width)  # a scrollbar takes some of it
        page.value("document.querySelector('#closer').click()")
    assert widths == pytest.approx([widths[0], widths[0] * 2, widths[0] * 4], rel=0.03)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_it_fits_the_screen(page: Page, tmp_path: Path, width: int, scheme: str) -> None:
    page.look(width, scheme=scheme)
    upload(page, tmp_path)
    assert page.value("document.documentElement.scrollWidth") <= width
    dark = page.value("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert dark is (scheme == "dark")
    unnamed = """[...document.querySelectorAll('input, button, textarea, svg, [role]')]
      .filter(e => !(e.ariaLabel || e.labels?.length || e.textContent.trim() ||
                     e.getAttribute('aria-labelledby') || ['alert', 'status'].includes(e.role)))
      .map(e => e.outerHTML)"""
    assert page.value(unnamed) == []


def test_it_can_be_used_by_keyboard(page: Page, tmp_path: Path) -> None:
    upload(page, tmp_path)
    seen = set()
    for _ in range(40):
        page.key("Tab", 9)
        seen.add(page.value("document.activeElement.id || document.activeElement.dataset.layer"))
    wanted = {"file", "frame", "closer", "slices", "lines.min_score", "copy-yaml", "download"}
    assert wanted <= seen
    page.value("document.getElementById('lines.min_score').focus()")
    for _ in range(20):
        page.key("ArrowRight", 39)
    wait_until(lambda: page.value(_LINES) == 0)
