"""SQL over the views, which reads what is there and can neither read nor write anything else."""

import csv
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from manifests.__main__ import main
from manifests.findings import Code, Part, findings_table, write_part
from tests.manifests.corpus import files, rows

Capture = pytest.CaptureFixture[str]


def asked(data: Path, capsys: Capture, sql: str, *options: str) -> str:
    assert main(["query", sql, "--data", str(data), *options]) == 0
    return capsys.readouterr().out


def refused(data: Path, capsys: Capture, sql: str) -> str:
    assert main(["query", sql, "--data", str(data)]) == 2
    return capsys.readouterr().err


def test_regions_have_their_image_and_the_size_of_their_box(corpus: Path, capsys: Capture) -> None:
    found = json.loads(asked(corpus, capsys, "SELECT * FROM regions", "--format", "json"))
    images = rows(corpus)
    flat = {r["region_id"]: (row, r) for row in images.values() for r in row["regions"]}
    assert [entry["region_id"] for entry in found] == list(flat)
    for entry in found:
        row, region = flat[entry["region_id"]]
        assert (entry["image_id"], entry["dataset"]) == (row["image_id"], row["dataset"])
        assert (entry["image_width"], entry["image_height"]) == (160, 120)
        assert entry["width"] == region["box"]["right"] - region["box"]["left"]
        assert entry["height"] == region["box"]["bottom"] - region["box"]["top"]
        assert entry["text"] == region["text"] and entry["polygon"] == region["polygon"]


def test_a_table_is_cut_and_counted(corpus: Path, capsys: Capture) -> None:
    sql = "SELECT image_id, width / 3 AS third FROM images ORDER BY 1"
    lines = asked(corpus, capsys, sql, "--rows", "2").splitlines()
    assert lines[0].split() == ["image_id", "third"]
    assert lines[2].split() == ["alpha/train/img_1", "53.3333"]
    assert lines[-1] == "4 rows, 2 shown; --rows 0: all"
    assert asked(corpus, capsys, sql, "--rows", "0").splitlines()[-1] == "4 rows"
    assert asked(corpus, capsys, "SELECT 1").splitlines()[-1] == "1 row"


def test_csv_has_lists_as_json(corpus: Path, capsys: Capture) -> None:
    sql = "SELECT image_id, regions FROM images ORDER BY 1"
    found = list(csv.DictReader(io.StringIO(asked(corpus, capsys, sql, "--format", "csv"))))
    assert [entry["image_id"] for entry in found] == list(rows(corpus))
    assert [len(json.loads(entry["regions"])) for entry in found] == [4, 0, 1, 1]


def test_views_are_those_of_the_tables_that_are_there(own_corpus: Path, capsys: Capture) -> None:
    names = asked(own_corpus, capsys, "SHOW TABLES", "--format", "csv").split()[1:]
    assert names == ["images", "quarantine", "regions"]
    code = Code("odd", "note", "Odd.", "Look.")
    table = findings_table([code.finding("alpha", "train", "odd one")])
    write_part(own_corpus, Part("mine", table, (code,), {}))
    sql = "SELECT message FROM findings"
    assert asked(own_corpus, capsys, sql, "--format", "csv") == "message\nodd one\n"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('pyproject.toml')",
        "COPY images TO '/tmp/query_test.csv'",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW regions",
        "ATTACH '/tmp/query_test.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "SELECT '\udc80'",
        "SELECT * FROM manifests",
        "",
    ],
)
def test_nothing_else_can_be_read_or_changed(corpus: Path, capsys: Capture, sql: str) -> None:
    before = files(corpus)
    assert refused(corpus, capsys, sql).startswith("error: ")
    assert files(corpus) == before
    assert not list(Path("/tmp").glob("query_test*"))


def test_a_name_that_is_none_leads_to_those_there_are(corpus: Path, capsys: Capture) -> None:
    for sql in ("SELECT nothing FROM regions", "SELECT * FROM nothing"):
        assert "`SHOW TABLES` lists the views" in refused(corpus, capsys, sql)


def test_json_loses_no_column_and_is_json(corpus: Path, capsys: Capture) -> None:
    doubled = "SELECT 1 AS a, 2 AS a"
    assert main(["query", doubled, "--data", str(corpus), "--format", "json"]) == 2
    assert "two columns are named a" in capsys.readouterr().err
    assert asked(corpus, capsys, doubled, "--format", "csv") == "a,a\n1,2\n"
    sql = "SELECT 'nan'::DOUBLE AS a, ['inf'::DOUBLE, 1] AS b, {'c': '-inf'::FLOAT} AS d"
    text = asked(corpus, capsys, sql, "--format", "json")

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    found = json.loads(text, parse_constant=refuse)
    assert found == [{"a": None, "b": [None, 1.0], "d": {"c": None}}]


@pytest.mark.parametrize(
    "place", ["manifests/alpha/train/images.parquet", "report/findings.parquet"]
)
def test_a_file_that_is_another_is_not_asked(own_corpus: Path, capsys: Capture, place: str) -> None:
    path = own_corpus / place
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table({"other": [1]}), path)
    assert path.name in refused(own_corpus, capsys, "SELECT count(*) FROM images")


def test_statistics_that_are_others_are_not_asked(own_corpus: Path, capsys: Capture) -> None:
    folder = own_corpus / "statistics" / "alpha" / "train"
    folder.mkdir(parents=True)
    pq.write_table(pa.table({"other": [1]}), folder / "statistics.parquet")
    said = refused(own_corpus, capsys, "SELECT count(*) FROM statistics")
    assert "run `python -m pipelines statistics" in said
