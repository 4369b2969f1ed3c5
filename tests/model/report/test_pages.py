"""The pages of a small evaluation, as files."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from manifests.errors import UserError
from model.__main__ import main
from model.protocols import PROTOCOLS
from model.report import build
from model.report.build import write_report
from model.report.outcomes import OUTCOMES
from tests.model.report.planted import ABOUT, HOSTILE_RUN, REGIONS, plant
from tests.pages import Tags, assert_accessible, dead_addresses, words


def read(report: Path) -> Iterator[tuple[Path, str, Tags]]:
    for page in sorted(report.rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        yield page, html, Tags(html)


def rows(planted: Path, table: str) -> list[dict[str, Any]]:
    return pq.read_table(planted / f"{table}.parquet").to_pylist()


def text_of(report: Path, page: str) -> str:
    return words((report / page).read_text(encoding="utf-8"))


def test_there_is_a_page_for_every_image_protocol_and_outcome(report: Path) -> None:
    names = {path.relative_to(report).as_posix() for path, _, _ in read(report)}
    images = {f"images/{name.replace('/', '~')}.html" for name in REGIONS}
    each = {f"{kind}-{p}.html" for kind in ("where", "images") for p in PROTOCOLS}
    galleries = {
        f"{side}-{outcome.name}-{p}.html"
        for side, outcomes in OUTCOMES.items()
        for outcome in outcomes
        for p in PROTOCOLS
    }
    assert names == {"index.html"} | images | each | galleries


def test_every_address_leads_to_something_and_every_fragment_to_a_place(report: Path) -> None:
    pages = {path.resolve(): tags for path, _, tags in read(report)}
    for page, tags in pages.items():
        assert dead_addresses(page, tags) == []
        for link in tags.named("a"):
            target, _, fragment = (link["href"] or "").partition("#")
            if target and fragment:
                there = pages[(page.parent / target).resolve()]
                assert fragment in {attributes.get("id") for _, attributes in there.all}


def test_pages_are_well_formed_and_accessible(report: Path) -> None:
    for page, html, tags in read(report):
        assert_accessible(page, html, tags)


def test_what_comes_from_the_data_is_no_markup_and_turns_nothing_round(report: Path) -> None:
    for page, html, tags in read(report):
        assert "<script>alert" not in html and HOSTILE_RUN not in html, page
        assert "\u202e" not in html
        assert all(script.get("src") for script in tags.named("script"))
        (policy,) = [m for m in tags.named("meta") if "http-equiv" in m]
        assert "default-src 'none'" in (policy["content"] or "")
        assert "unsafe" not in (policy["content"] or "")
    html = (report / "images" / "alpha~train~img_1.html").read_text(encoding="utf-8")
    shown = "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e"
    (cell,) = re.findall(
        rf'<td class="words"><bdi class="said" title="({re.escape(shown)}x+)">', html
    )
    assert cell == shown + "x" * 300
    assert re.search(rf'">{re.escape(shown[:20])}[^<]*…</bdi>', html)
    assert '<bdi class="said">שלום</bdi>' in html


def test_the_figures_are_those_of_the_tables(report: Path, planted: Path) -> None:
    text = text_of(report, "index.html")
    images = rows(planted, "images")
    for p in PROTOCOLS:
        sums = {
            key: sum(row[f"{p}_{key}"] for row in images)
            for key in ("recall_credit", "truths", "precision_credit", "detections")
        }
        recall = sums["recall_credit"] / sums["truths"]
        precision = sums["precision_credit"] / sums["detections"]
        hmean = 2 * precision * recall / (precision + recall)
        found = re.search(
            rf" {p} (\d\.\d{{4}}) (\S+) to (\S+) (\d\.\d{{4}}) (\S+) to (\S+) "
            r"(\d\.\d{4}) (\S+) to (\S+) (\d+) (\d+) where worst images ICDAR",
            text,
        )
        assert found, p
        assert [found[1], found[4], found[7]] == [f"{v:.4f}" for v in (precision, recall, hmean)]
        assert (int(found[10]), int(found[11])) == (sums["truths"], sums["detections"])
        for low, value, high in ((2, precision, 3), (5, recall, 6), (8, hmean, 9)):
            assert float(found[low]) - 1e-3 <= value <= float(found[high]) + 1e-3


def outcome_cells(html: str) -> dict[str, dict[str, list[int]]]:
    """Side -> protocol -> the numbers of its row on the front page, the total last."""
    found: dict[str, dict[str, list[int]]] = {}
    for side in ("truths", "detections"):
        table = html.partition(f'id="why-{side}"')[2].partition("</table>")[0]
        for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', table, re.DOTALL):
            cells = re.findall(r'<td class="n[^"]*">(?:<a [^>]*>)?(\d+)', row)
            found.setdefault(side, {})[row.partition("<")[0]] = [int(cell) for cell in cells]
    return found


def test_the_outcomes_are_those_of_the_tables_and_add_up(report: Path, planted: Path) -> None:
    cells = outcome_cells((report / "index.html").read_text(encoding="utf-8"))
    for side, outcomes in OUTCOMES.items():
        table = rows(planted, side)
        assert list(cells[side]) == list(PROTOCOLS)
        for p in PROTOCOLS:
            counts = Counter(row[f"{p}_outcome"] for row in table)
            *each, total = cells[side][p]
            assert each == [counts[outcome.name] for outcome in outcomes]
            assert total == sum(each) == len(table)


def test_the_bars_of_the_outcomes_fill_their_width(report: Path) -> None:
    html = (report / "index.html").read_text(encoding="utf-8")
    bars = re.findall(r'<svg class="stack".*?</svg>', html, re.DOTALL)
    assert len(bars) == 2 * len(PROTOCOLS)
    for bar in bars:
        shares = [float(width) for width in re.findall(r' width="([\d.]+)"', bar)]
        starts = [float(x) for x in re.findall(r' x="([\d.]+)"', bar)]
        assert sum(shares) == pytest.approx(100, abs=0.01)
        assert starts == pytest.approx(np.cumsum([0, *shares])[:-1].tolist(), abs=0.01)


def test_where_adds_up_to_what_the_protocol_counts(report: Path, planted: Path) -> None:
    images = rows(planted, "images")
    for p in PROTOCOLS:
        html = (report / f"where-{p}.html").read_text(encoding="utf-8")
        totals = re.findall(r'<tfoot><tr><th scope="row">All</th><td class="n">(\d+)</td>', html)
        assert totals == [str(sum(row[f"{p}_truths"] for row in images))] * 8
        text = words(html)
        (mine,) = re.findall(r"alpha (\d+) (\S+) (\d+) (\S+) (\S+) beta", text)
        alpha = [row for row in images if row["dataset"] == "alpha"]
        truths, credit, found, precise = (
            sum(row[f"{p}_{key}"] for row in alpha)
            for key in ("truths", "recall_credit", "detections", "precision_credit")
        )
        assert (int(mine[0]), int(mine[2])) == (truths, found)
        assert (float(mine[1]), float(mine[3])) == pytest.approx(
            (credit / truths, precise / found), abs=6e-4
        )


def test_what_it_was_made_with_is_told(report: Path) -> None:
    text = text_of(report, "index.html")
    for told in ("c" * 64, "d" * 64, "e" * 40, "1" * 64, "2" * 64, "3" * 64, "4" * 64, "5" * 64):
        assert told in text
    assert "/runs/a/checkpoints/best.ckpt" in text and "1200" in text
    assert ABOUT["thresholds_from"]["words"] in text and "Seen before." in text
    assert "3 images of alpha/train were refused" in text
    assert "min_score 0.8" in text and "split_at_sides true" in text
    assert "images.parquet" in text and "not verified" in text


def listed(html: str) -> list[str]:
    return re.findall(r'<th scope="row"><a href="images/[^"]*">([^<]*)</a>', html)


def test_images_stand_worst_first(report: Path) -> None:
    html = (report / "images-iou.html").read_text(encoding="utf-8")
    # all of hmean 0: two missed; then none missed, by id; img_4 has nothing to find or be found
    assert listed(html) == [
        "alpha/train/img_1",
        "alpha/train/img_2",
        "alpha/train/img_3",
        "beta/test/img_0",
        "alpha/train/img_0",
        "alpha/train/img_4",
    ]
    assert " 4 beta/test/img_0 0.333 0.250 0.500 2 0 0 1 0 4 0 0 1 2 " in words(html)
    assert " 6 alpha/train/img_4 1.000 1.000 1.000 0 " in words(html)


def test_an_images_page_tells_every_truth_and_detection(report: Path) -> None:
    text = text_of(report, "images/alpha~train~img_2.html")
    assert "T0 a merged D0 split D0 merged D0 0.48 D0 30 0.0 1 50,100,150,130,a" in text
    assert "T2 long split D1 D2 split D1 D2 split D1 D2 0.50 D1 40 0.0 3 50,400" in text
    assert "D0 0.990 merge T0 T1 part of a split T0 merge T0 T1 0.48 T0 0.95 30 0.0" in text
    assert "lines as they stand in alpha/train_gt/gt_img_2.txt" in text


def test_marks_have_the_outcome_of_each_protocol_and_lead_to_their_rows(report: Path) -> None:
    tags = Tags((report / "images" / "alpha~train~img_2.html").read_text(encoding="utf-8"))
    marks = {a["id"]: a for a in tags.named("a") if "mark" in (a.get("class") or "")}
    assert set(marks) == {f"on-{n}" for n in ("T0", "T1", "T2", "D0", "D1", "D2")}
    assert marks["on-T0"]["class"] == "mark truths p0-merged p1-split p2-merged"
    assert marks["on-T0"]["href"] == "#T0"
    shapes = [p["points"] for p in tags.named("polygon")]
    assert "50.0,100.0 150.0,100.0 150.0,130.0 50.0,130.0" in shapes
    sheet = (report / "assets" / "report.css").read_text(encoding="utf-8")
    for outcome in {o.name for outcomes in OUTCOMES.values() for o in outcomes}:
        assert f".o-{outcome}" in sheet
        for k in range(len(PROTOCOLS)):
            assert f".look:has(#as-{k}:checked) .p{k}-{outcome}" in sheet


def test_pictures_that_are_gone_say_so_and_the_rest_is_there(report: Path) -> None:
    gone = text_of(report, "images/beta~test~img_0.html")
    assert "The picture cannot be shown" in gone and "give the folder of the pictures" in gone
    assert "T0 gone split D0 D1 matched D0 matched D0" in gone
    there = Tags((report / "images" / "alpha~train~img_0.html").read_text(encoding="utf-8"))
    assert len(there.named("img")) == 1
    assert "The picture cannot be shown" in text_of(report, "detections-duplicate-iou.html")


def test_galleries_show_the_worst_and_count_all(report: Path) -> None:
    text = text_of(report, "truths-missed-iou.html")
    assert "2 in all" in text
    places = [text.index(f"alpha/train/img_1 T{k}") for k in (1, 0)]  # the higher text first
    assert places == sorted(places)
    assert "0 in all" in text_of(report, "detections-duplicate-deteval.html")
    html = (report / "truths-merged-iou.html").read_text(encoding="utf-8")
    assert '<g class="mark truths o-merged about">' in html


@pytest.fixture
def copy(planted: Path, tmp_path: Path) -> Path:
    """The evaluation again, without a report, and its data."""
    for name in ("data", "raw"):
        shutil.copytree(planted.parent / name, tmp_path / name)
    leave = shutil.ignore_patterns("report")
    return shutil.copytree(planted, tmp_path / "evaluation", ignore=leave)


def test_as_many_pictures_as_asked_for_are_drawn(copy: Path) -> None:
    report = write_report(copy, copy.parent / "data", pictures=1).parent
    assert len(list((report / "pictures").iterdir())) == 1
    assert "Pictures are drawn for 1 of the 6 images" in text_of(report, "images-iou.html")
    page = text_of(report, "images/alpha~train~img_0.html")
    assert "this image is not among the worst" in page


def test_without_pictures_none_is_opened(copy: Path) -> None:
    report = write_report(copy, None, copy.parent / "nowhere", pictures=0).parent
    assert not list(report.rglob("*.jpg"))
    page = report / "truths-missed-iou.html"
    assert "--pictures 0" in words(page.read_text(encoding="utf-8"))
    assert dead_addresses(page, Tags(page.read_text(encoding="utf-8"))) == []


def test_pictures_are_found_below_another_raw_root_and_else_said_to_be_gone(copy: Path) -> None:
    moved = copy.parent / "raw"
    (copy.parent / "data" / "manifests" / "alpha" / "train" / "raw_root.txt").write_text("/no\n")
    report = write_report(copy, copy.parent / "data").parent
    page = "images/alpha~train~img_0.html"
    assert "The picture cannot be shown" in text_of(report, page)
    report = write_report(copy, None).parent
    assert "without --data and --raw" in text_of(report, page)
    report = write_report(copy, None, moved).parent
    assert "cannot be shown" not in text_of(report, page)


@pytest.mark.parametrize("images", [0, 2])
def test_nothing_to_find_and_nothing_found_still_makes_pages(tmp_path: Path, images: int) -> None:
    names = [f"alpha/train/img_{k}" for k in range(images)]
    folder = plant(tmp_path, {name: [] for name in names}, {})
    report = write_report(folder, tmp_path / "data").parent
    for page, html, tags in read(report):
        assert_accessible(page, html, tags)
        assert dead_addresses(page, tags) == []
    assert len(list((report / "images").glob("*") if images else [])) == images


def test_a_second_build_gives_the_same_bytes_and_a_failed_one_leaves_the_last(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def contents() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in (copy / "report").rglob("*") if p.is_file()}

    write_report(copy, copy.parent / "data")
    before = contents()
    write_report(copy, copy.parent / "data")
    assert contents() == before

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "overview", fail)
    with pytest.raises(UserError, match="the disk is full; make room"):
        write_report(copy, copy.parent / "data")
    assert contents() == before
    assert not [path for path in copy.iterdir() if path.name.startswith(".")]


def test_what_is_no_whole_evaluation_is_refused(copy: Path) -> None:
    with pytest.raises(UserError, match="no whole evaluation"):
        write_report(copy / "nowhere")
    truths = copy / "truths.parquet"
    data = truths.read_bytes()
    truths.write_bytes(data[:-1])
    with pytest.raises(UserError, match=r"truths\.parquet is not the file that"):
        write_report(copy)
    truths.write_bytes(data)
    info = json.loads((copy / "evaluation.json").read_text())
    (copy / "evaluation.json").write_text(json.dumps({**info, "version": 0}))
    with pytest.raises(UserError, match=r"evaluation\.json is of another version; run"):
        write_report(copy)
    (copy / "evaluation.json").write_text("[]")
    with pytest.raises(UserError, match="holds no JSON object"):
        write_report(copy)
    assert not (copy / "report").exists()


def test_what_is_no_report_of_an_evaluation_is_left_alone(copy: Path) -> None:
    other = copy / "report" / "index.html"
    other.parent.mkdir()
    other.write_text("the quality report")
    with pytest.raises(UserError, match="is no report of an evaluation and would be lost"):
        write_report(copy)
    build.remove_report(copy)
    assert other.read_text() == "the quality report"
    shutil.rmtree(other.parent)
    write_report(copy)
    build.remove_report(copy)
    assert not other.parent.exists()


def test_the_command_needs_no_mindspore(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(copy), "--data", str(copy.parent / "data")]) == 0
    assert capsys.readouterr().out.strip() == str(copy / "report" / "index.html")
    with pytest.raises(SystemExit):
        main(["report", str(copy), "--pictures", "-1"])
    assert "it must be 0 or more" in capsys.readouterr().err
    code = (
        "import sys; from pathlib import Path; from model.report.build import write_report; "
        f"write_report(Path({str(copy)!r})); assert 'mindspore' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
