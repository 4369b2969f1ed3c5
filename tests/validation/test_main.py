"""The commands: exit status, what is printed, what is written."""

import json
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest

from manifests import mixes
from validation.__main__ import main
from validation.offline import remote_addresses

_OFFLINE = """
import socket, sys
def refuse(*_, **__):
    print("the network was used", file=sys.stderr)
    sys.exit(99)
socket.create_connection = socket.getaddrinfo = refuse
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
from validation.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
_STRANGE = "<b>$x</b> & <script>alert(1)</script>"


@pytest.fixture(scope="module", autouse=True)
def no_mixes(tmp_path_factory: pytest.TempPathFactory) -> object:
    patch = pytest.MonkeyPatch()
    patch.setattr(mixes, "FOLDER", tmp_path_factory.mktemp("mixes"))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, builders: ModuleType) -> Path:
    """A manifest with one warning, whose value would be markup if a page let it."""
    data = tmp_path_factory.mktemp("data")
    images = [builders.make_image("alpha", "train", i) for i in range(3)]
    refusals = [builders.make_refusal("alpha", "train")]
    folder = builders.publish_manifest(data, images, refusals)
    builders.edit_rows(folder, "images", lambda rows: rows[1].update(format=_STRANGE))
    return data


@pytest.fixture(scope="module")
def report(data: Path) -> Path:
    assert main(["report", "--data", str(data)]) == 0
    return data / "report"


def test_members_of_mixes_that_are_not_there_are_named_all(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    members = [f"  - {{dataset: gone, split: part{n}}}\n" for n in range(7)]
    for name in ("small", "large"):
        text = "".join(["seed: 1\nshards: 1\nmembers:\n", *members])
        (tmp_path / f"{name}.yaml").write_text(text)
    monkeypatch.setattr(mixes, "FOLDER", tmp_path)
    assert main(["check", "--data", str(data)]) == 0
    (line,) = [x for x in capsys.readouterr().out.splitlines() if "member_exists" in x]
    named = ", ".join(f"gone/part{n} (of large, small)" for n in range(7))
    assert line.endswith(f" does not hold for {named}")


def test_a_warning_stops_only_where_asked(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", str(data), "--full"]) == 0
    short = capsys.readouterr().out
    assert "does not hold for alpha/train\n" in short
    assert "format = " not in short
    assert "member_exists" not in short
    assert main(["check", "--data", str(data), "--fail-on", "warning", "--details"]) == 1
    told, *lines = capsys.readouterr().out.splitlines()
    assert told == "nothing has changed since the last check; it said:"
    assert lines[0].split() == [
        "manifest",
        "images",
        "regions",
        "quarantined",
        "errors",
        "warnings",
    ]
    assert lines[1].split() == ["alpha/train", "3", "12", "1", "0", "1"]
    (place,) = {line.strip() for line in lines if "format = " in line}
    assert place == f"alpha/train/img_1  alpha/train_gt/gt_img_1.txt: format = {_STRANGE!r}"
    assert "gate warned: 0 errors, 1 warning" in lines


def test_an_error_stops(
    tmp_path: Path, builders: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = builders.publish_manifest(tmp_path, [builders.make_image("alpha", "train", 0)])
    edit = {"granularity": "glyph"}
    builders.edit_rows(folder, "images", lambda rows: rows[0]["regions"][2].update(edit))
    assert main(["check", "--data", str(tmp_path)]) == 1
    where = "alpha/train/img_0#3  alpha/train_gt/gt_img_0.txt line 3: granularity = 'glyph'"
    assert where in capsys.readouterr().out
    checks = json.loads((tmp_path / "report" / "checks.json").read_text())
    assert (checks["state"], checks["errors"], checks["warnings"]) == ("failed", 1, 0)
    (subject,) = checks["manifests"]
    (failed,) = [rule for rule in subject["rules"] if not rule["passed"]]
    assert failed["rule"] == "granularity_known"
    assert failed["samples"][0]["region_id"] == "alpha/train/img_0#3"
    assert subject["fingerprint"]


@pytest.mark.parametrize("command", ["check", "report"])
def test_nothing_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "--data", str(tmp_path / "none")]) == 2
    assert capsys.readouterr().err.startswith("error: no manifest below ")
    assert not (tmp_path / "none").exists()


def test_a_broken_manifest_json_is_no_verdict(tmp_path: Path, builders: ModuleType) -> None:
    folder = builders.publish_manifest(tmp_path, [builders.make_image("alpha", "train", 0)])
    (folder / "manifest.json").write_text("{")
    assert main(["check", "--data", str(tmp_path)]) == 2


def test_the_whole_command_works_without_a_network(tmp_path: Path, builders: ModuleType) -> None:
    builders.publish_manifest(tmp_path, [builders.make_image("alpha", "train", 0)])
    command = [sys.executable, "-c", _OFFLINE, "report", "--data", str(tmp_path)]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


class _Tags(HTMLParser):
    """The local addresses of a page, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]


def test_pages_load_only_what_stands_beside_them(report: Path) -> None:
    pages = sorted(report.rglob("*.html"))
    assert len([page for page in pages if "data_docs" in page.parts]) == 1 + 2 * 6
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert remote_addresses(text) == []
        tags = _Tags()
        tags.feed(text)
        beside = (a for a in tags.addresses if not a.startswith(("http", "data:")))
        local = [a.partition("#")[0] for a in beside]
        for address in filter(None, local):
            assert (page.parent / unquote(address)).is_file(), (page, address)


def test_the_index_of_data_docs_lists_every_suite_and_its_scripts_are_there(report: Path) -> None:
    index = (report / "data_docs" / "index.html").read_text(encoding="utf-8")
    for suite in ("alpha~train~images", "alpha~train~regions", "corpus", "mixes"):
        assert f"expectations/{suite}.html" in index
        assert f"validations/{suite}/check/" in index
    for script in ("jquery/jquery.min.js", "bootstrap-table/bootstrap-table.min.js"):
        assert f'<script src="static/assets/{script}"></script>' in index


def test_values_from_the_data_are_no_markup(report: Path) -> None:
    (page,) = (report / "data_docs" / "validations" / "alpha~train~images").rglob("*.html")
    for path in (page, report / "index.html"):
        text = path.read_text(encoding="utf-8")
        assert "alert(1)" in text
        assert "<script>alert" not in text


def test_the_front_page_has_gate_quarantine_and_links(report: Path) -> None:
    text = (report / "index.html").read_text(encoding="utf-8")
    assert "the line or element does not have the fields of its format" in text
    assert "0 errors, 1 warning of its rules" in text
    assert 'href="data_docs/index.html"' in text
    assert 'href="site/datasets/alpha~train.html"' in text
    assert "findings.parquet" in text


def test_a_second_report_replaces_the_first(report: Path, data: Path) -> None:
    before = {path.relative_to(report) for path in report.rglob("*.html")}
    assert main(["report", "--data", str(data)]) == 0
    after = {path.relative_to(report) for path in report.rglob("*.html")}
    assert len(after) == len(before)
    assert not [path for path in report.iterdir() if path.name.startswith(".")]


def test_a_check_is_repeated_only_where_something_changed(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = tmp_path / "data"
    shutil.copytree(data, mine)
    assert main(["check", "--data", str(mine), "--full"]) == 0
    first = capsys.readouterr().out
    assert main(["check", "--data", str(mine), "--explain"]) == 0
    assert capsys.readouterr().out == "check: nothing has changed since the last check\n"
    assert main(["check", "--data", str(mine)]) == 0
    assert capsys.readouterr().out == f"nothing has changed since the last check; it said:\n{first}"
    table = mine / "manifests" / "alpha" / "train" / "images.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    assert main(["check", "--data", str(mine), "--explain"]) == 0
    assert "the manifest alpha/train changed since the last one" in capsys.readouterr().out
    assert main(["check", "--data", str(mine)]) == 1
    assert "images.parquet" in capsys.readouterr().out
    (mine / "report" / "checks.json").unlink()
    assert main(["check", "--data", str(mine), "--explain"]) == 0
    assert "the last results are not there as they were left" in capsys.readouterr().out
