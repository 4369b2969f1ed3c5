"""The pages of a report over planted faults, as files."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from manifests.reading import find_manifests
from tests.builders import make_refusal, publish_manifest
from tests.pages import Tags, assert_accessible, dead_addresses, words
from tests.validation.site.conftest import OPTIONS
from tests.validation.site.planted import IMAGES, STRANGE
from validation.facts import gather
from validation.gate import Run
from validation.offline import remote_addresses
from validation.site import build
from validation.site import published as published_counts
from validation.site.build import Options
from validation.site.docs import markdown
from validation.verdict import Subject, Verdict


def read(report: Path) -> Iterator[tuple[Path, str, Tags]]:
    pages = [report / "index.html", *sorted((report / "site").rglob("*.html"))]
    for page in pages:
        html = page.read_text(encoding="utf-8")
        yield page, html, Tags(html)


def test_there_is_a_page_for_everything(report: Path) -> None:
    names = {path.name for path, _, _ in read(report)}
    assert names >= {"index.html", "alpha~train.html", "beta~test.html", "mixes.html"}
    assert names >= {"search.html", "distributions.html", "finding-evil.html"}
    assert names >= {"finding-region_small.html", "finding-region_small.2.html"}
    assert "finding-region_small.3.html" not in names


def test_every_address_leads_to_something(report: Path) -> None:
    for page, html, tags in read(report):
        assert remote_addresses(html) == []
        assert dead_addresses(page, tags) == []


def test_pages_are_well_formed_and_accessible(report: Path) -> None:
    for page, html, tags in read(report):
        assert_accessible(page, html, tags)


def test_what_comes_from_the_data_is_no_markup(report: Path) -> None:
    for page, html, tags in read(report):
        assert STRANGE not in html
        scripts = tags.named("script")
        assert all(script.get("src") for script in scripts), page
    assert "&lt;script&gt;alert(1)" in (report / "site" / "finding-evil.html").read_text()


def test_each_page_forbids_what_is_not_beside_it(report: Path) -> None:
    for _, _, tags in read(report):
        (policy,) = [m for m in tags.named("meta") if "http-equiv" in m]
        assert "default-src 'none'" in (policy["content"] or "")
        assert "unsafe" not in (policy["content"] or "")


def test_the_overview_tells_ledger_gate_findings_and_changes(report: Path) -> None:
    text = words((report / "index.html").read_text())
    assert f"alpha/train {IMAGES} {IMAGES} 0 161 120 40 1" in text
    assert "beta/test 3 3 0 12 9 3 0" in text
    assert "▲ warning region_small A region is small. 40 40 ·" in text
    assert "✕ error leak_exact A picture is in two splits. 1 1 ·" in text
    assert "changed_regions 3 moved" in text
    assert "images_published" in text
    assert "bad_line the line or element does not have the fields of its format 1" in text
    assert "other contents" not in text


def test_a_dataset_page_tells_what_changed_in_it_the_whole_first(report: Path) -> None:
    pages = report / "site" / "datasets"
    changed = words((pages / "alpha~train.html").read_text()).partition("changed since last")[2]
    told = ["3 regions moved", "one image came", "changed_regions 3 moved"]
    places = [changed.index(text) for text in told]
    assert places[0] == min(places)
    assert "Nothing is known to have changed" in words((pages / "beta~test.html").read_text())


def test_no_page_has_an_id_twice(report: Path) -> None:
    for page, _, tags in read(report):
        ids = [attributes["id"] for _, attributes in tags.all if "id" in attributes]
        assert len(ids) == len(set(ids)), page


def test_a_dataset_page_sets_counts_beside_published_ones(report: Path) -> None:
    text = words((report / "site" / "datasets" / "alpha~train.html").read_text())
    assert "images seen 50 40 −10 ▲ differs" in text
    assert "regions seen 160 161 +1 ▲ differs; in quarantine: 1 bad_line" in text
    assert "don't-care regions kept 40 40 ✓ as published; 40 marked" in text
    assert "don't-care share of regions 25.0 % 25.0 % ✓ as published" in text
    assert "alpha/train_gt/gt_img_1.txt 9 alpha/train/img_1 3 fields where there" in text
    assert "Part of the mixes leaky" in text


def test_facts_of_the_annotations_stand_beside_published_ones(report: Path) -> None:
    text = words((report / "site" / "datasets" / "alpha~train.html").read_text())
    assert "narrow ones 5 5 ✓ as published tall ones 7 9 +2 ▲ differs red ones – 1,234" in text
    assert "lost 3 – not counted when this manifest was made; normalize again" in text
    other = words((report / "site" / "datasets" / "beta~test.html").read_text())
    assert "In the annotations" not in other


def test_where_no_region_is_kept_it_says_so(tmp_path: Path) -> None:
    """As with annotations whose pictures are not there."""
    published = {"images": 2, "regions": 1, "dont_care": 1}
    publish_manifest(tmp_path, [], [make_refusal("alpha", "train")], published)
    (manifest,) = find_manifests(tmp_path)
    entry = gather(manifest)
    seen, regions, kept, share = published_counts.lines(entry)
    assert (seen.counted, seen.agrees) == (0, False)
    assert (regions.counted, regions.agrees) == (1, True)
    assert [(line.counted, line.agrees, line.why) for line in (kept, share)] == [
        (None, None, "no region is kept")
    ] * 2
    assert published_counts.source_lines(entry) == []


def test_findings_are_told_with_place_value_and_threshold(report: Path) -> None:
    text = words((report / "site" / "finding-region_small.html").read_text())
    worst = f"alpha/train/img_{IMAGES - 1}#1"
    assert f"Worst first, 1 to 24 {'Outlines'}" in text
    assert text.index(worst) < text.index(f"alpha/train/img_{IMAGES - 3}#1")
    assert "Value 6.25 px Threshold 16 px Source alpha/train_gt/gt_img_39.txt line 1" in text
    assert "Of 40 findings the worst 30 are shown" in text
    assert "ignore-region alpha/train/img_39#1" in text
    second = words((report / "site" / "finding-region_small.2.html").read_text())
    assert "Worst first, 25 to 30" in second


def test_pictures_that_cannot_be_shown_say_why(report: Path) -> None:
    text = words((report / "site" / "finding-region_small.html").read_text())
    assert text.count("cannot be read") == 1
    assert text.count("is not the picture that was normalized") == 1
    assert "No manifest here has this image." in words(
        (report / "site" / "finding-evil.html").read_text()
    )


def test_a_pair_stands_side_by_side(report: Path) -> None:
    tags = Tags((report / "site" / "finding-leak_exact.html").read_text())
    alts = [image["alt"] for image in tags.named("img")]
    assert alts == ["The whole of alpha/train/img_0", "The whole of beta/test/img_0"]


def test_mixes_tell_what_they_hold_and_leak(report: Path) -> None:
    text = words((report / "site" / "mixes.html").read_text())
    assert "leaky ✕ 1 leak" in text
    assert "alpha/train all 1 40 100.0 % 120 40" in text
    assert "gamma/train no manifest all 0 – – – –" in text
    assert "alpha/train/img_0 ✕ error leak_exact in beta too" in text


def test_only_what_is_shown_has_a_thumbnail(report: Path) -> None:
    thumbs = list((report / "site" / "thumbs").rglob("*.jpg"))
    assert len(thumbs) == (30 - 2) + 3  # small regions; whole pictures 0 and 1, and beta's
    data = (report / "site" / "findings.js").read_text()
    rows = json.loads(data.removeprefix("window.FINDINGS=").rstrip(";\n"))["rows"]
    assert len(rows) == 30 + 7
    named = {row[-1] for row in rows if row[-1]}
    assert named <= {path.relative_to(report / "site/thumbs").as_posix() for path in thumbs}


def test_a_second_build_gives_the_same_bytes(
    report: Path, folders: tuple[Path, Path], run: Run
) -> None:
    def contents() -> dict[Path, bytes]:
        pages = [report / "index.html", *(report / "site").rglob("*")]
        return {path: path.read_bytes() for path in pages if path.is_file()}

    before = contents()
    again(folders[0], run, Options(folders[1], OPTIONS.per_code))
    assert contents() == before
    assert (report / "findings.parquet").is_file()


def test_a_build_that_fails_leaves_the_last_report(
    report: Path, folders: tuple[Path, Path], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted((p, p.stat().st_mtime_ns) for p in (report / "site").rglob("*.html"))
    front = (report / "index.html").read_bytes()

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(build, "write_json", fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        again(folders[0], run, OPTIONS)
    assert sorted((p, p.stat().st_mtime_ns) for p in (report / "site").rglob("*.html")) == before
    assert (report / "index.html").read_bytes() == front
    assert not [path for path in report.iterdir() if path.name.startswith(".")]


def again(data: Path, run: Run, options: Options) -> None:
    """Build the site once more, over the Data Docs that are there."""
    docs = data / "report" / "data_docs"
    pages = {
        checked.suite.name: next((docs / "validations" / checked.suite.name).rglob("*.html"))
        for checked in run.checked
    }
    links = {name: PurePosixPath(p.relative_to(docs.parent)) for name, p in pages.items()}
    build.build(data, run.verdict, run.facts, links, options)


def test_a_manifest_that_cannot_be_trusted_has_a_page_that_says_so(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    shutil.copytree(folders[0] / "manifests", tmp_path / "manifests")
    (tmp_path / "manifests/beta/test/images.parquet").write_bytes(b"PAR1")
    entries = [gather(manifest) for manifest in find_manifests(tmp_path)]
    subjects = tuple(Subject(entry.name, "f", 0, 0, 0, ()) for entry in entries)
    verdict = Verdict(subjects, Subject("corpus", "", 0, 0, 0, ()))
    front = build.build(tmp_path, verdict, entries, {}, Options())
    assert "The tables of beta/test cannot be read" in words(front.read_text())
    page = words((front.parent / "site" / "datasets" / "beta~test.html").read_text())
    assert "is missing or not what was published" in page
    assert "The checks were not run yet." in page


def test_a_card_is_markdown_without_markup() -> None:
    html = markdown("# Set\n\n## Licence\n[x](javascript:alert(1)) <b>y</b> ![z](http://a/b.png)")
    assert "<h3>Set</h3>" in html and "<h4>Licence</h4>" in html
    assert "<b>" not in html and "<img" not in html and "javascript:" not in html
