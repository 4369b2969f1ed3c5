"""``python -m manifests query``: SQL over everything that is known of the data."""

import argparse
import csv
import itertools
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import duckdb
import pyarrow.dataset as pds

from manifests import schema
from manifests.errors import UserError
from manifests.findings import FINDINGS, PARTS, REPORT, TABLE, open_findings
from manifests.reading import Manifest
from manifests.records import is_storable
from manifests.selecting import select
from manifests.statistics import SCHEMA as STATISTICS_SCHEMA
from manifests.statistics import STATISTICS, read_statistics

ROWS, FETCH, WIDEST = 50, 1_000, 60
MEMORY = "2GB"
_REGIONS = """
CREATE VIEW regions AS
SELECT image_id, dataset, split, width AS image_width, height AS image_height, annotation_uri,
       region.box."right" - region.box."left" AS width,
       region.box.bottom - region.box.top AS height, unnest(region)
FROM (SELECT *, unnest(regions) AS region FROM images)
"""
_SEALS = (
    "SET enable_external_access = false",
    "SET python_enable_replacements = false",
    "SET lock_configuration = true",
)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "query",
        help="ask the manifests, statistics and findings in SQL (DuckDB)",
        description="Run one SELECT over the views images (a row an image; regions: a list), "
        "regions (a row a region, with its image_id, dataset, split, width and height of its box, "
        "and the picture's as image_width, image_height), quarantine, and where they are there: "
        "statistics (of pictures) and findings. `DESCRIBE "
        "regions` gives the columns of a view. The query can read nothing else and write nothing: "
        "DuckDB has no access to files or network.",
        epilog='example: python -m manifests query "SELECT region_id, text FROM regions WHERE NOT '
        'care ORDER BY length(text) DESC LIMIT 5" --data DATA',
    )
    parser.add_argument("sql", metavar="SQL", help="one SELECT, DESCRIBE or EXPLAIN")
    parser.add_argument("--data", type=Path, required=True, help="folder that holds manifests/")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument(
        "--rows",
        type=int,
        default=ROWS,
        metavar="N",
        help=f"show so many rows of a table (default {ROWS}; 0: all); csv and json give all, and "
        f"whole cells, which a table cuts at {WIDEST} characters",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print what the query gives."""
    manifests = select(args.data)
    with connect(args.data, manifests) as connection:
        result = ask(connection, args.sql)
        names = [column[0] for column in result.description]
        _refuse_doubled(names, args.format)
        try:
            if args.format == "table":
                _print_table(names, _rows(result), args.rows)
            else:
                write = _write_csv if args.format == "csv" else _write_json
                write(sys.stdout, names, _rows(result))
        except duckdb.Error as error:
            raise _explained(error) from error
    return 0


def connect(data: Path, manifests: Sequence[Manifest]) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the views, and no way out of it.

    The files are read through Arrow, row group by row group, so that DuckDB itself needs no file:
    its access to files, network, extensions and Python's variables is off, and stays off.
    """
    connection = duckdb.connect(
        ":memory:",
        config={"memory_limit": MEMORY, "threads": 2, "temp_directory": ""},
    )
    for name, dataset in _datasets(data, manifests).items():
        connection.register(name, dataset)
    for statement in (_REGIONS, *_SEALS):
        connection.execute(statement)
    return connection


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    """Run one statement that only reads. Raises UserError."""
    if not is_storable(sql):
        raise UserError("the query has bytes that are no UTF-8; write it anew")
    try:
        statements = connection.extract_statements(sql)
        allowed = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
        if len(statements) != 1 or statements[0].type not in allowed:
            raise UserError("give one SELECT (or DESCRIBE, EXPLAIN); nothing can be changed")
        return connection.execute(statements[0])
    except duckdb.Error as error:
        raise _explained(error) from error


def _refuse_doubled(names: Sequence[str], form: str) -> None:
    """Raise UserError where an object of JSON would lose a column."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if form == "json" and twice:
        raise UserError(f"two columns are named {twice[0]}; name one of them anew with AS")


def _datasets(data: Path, manifests: Sequence[Manifest]) -> dict[str, pds.Dataset]:
    """The views by name. Raises UserError for a file that is not what was published: its columns
    would be taken for others, or for null."""
    for manifest in manifests:
        manifest.verify()
    files = {
        name: [path for manifest in manifests for path in manifest.files(name)]
        for name in ("images", "quarantine")
    }
    found = {
        "images": pds.dataset(files["images"], schema.IMAGES, "parquet"),
        "quarantine": pds.dataset(files["quarantine"], schema.QUARANTINE, "parquet"),
    }
    statistics = sorted((data / STATISTICS).glob("[!.]*/[!.]*/statistics.parquet"))
    if statistics:
        for path in statistics:
            read_statistics(data, path.parts[-3], path.parts[-2])
        found["statistics"] = pds.dataset(statistics, STATISTICS_SCHEMA, "parquet")
    joined = data / REPORT / TABLE
    findings = [joined] if joined.is_file() else sorted((data / PARTS).glob("[!.]*.parquet"))
    if findings:
        for path in findings:
            open_findings(path)
        found["findings"] = pds.dataset(findings, FINDINGS, "parquet")
    return found


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(FETCH):
        yield from rows


def _print_table(names: Sequence[str], rows: Iterator[tuple[Any, ...]], limit: int) -> None:
    """Columns as wide as their cells; what is beyond the limit is counted."""
    shown = [[_cell(value) for value in row] for row in itertools.islice(rows, limit or None)]
    widths = [max(map(len, column)) for column in zip(names, *shown, strict=True)]
    for line in (names, ["-" * width for width in widths], *shown):
        print("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip())
    more = sum(1 for _ in rows)
    total = len(shown) + more
    counted = f"{total:,} row{'' if total == 1 else 's'}"
    print(counted + (f", {len(shown):,} shown; --rows 0: all" if more else ""))


def _cell(value: Any) -> str:
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    text = text if text.isprintable() else repr(text)[1:-1]
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def _write_csv(out: TextIO, names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """A list or a structure is JSON in its cell."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([_json(v) if isinstance(v, list | dict) else v for v in row])


def _write_json(out: TextIO, names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
    """A list of objects, written as the rows come."""
    out.write("[")
    for number, row in enumerate(rows):
        out.write((",\n " if number else "\n ") + _json(dict(zip(names, row, strict=True))))
    out.write("\n]\n")


def _json(value: Any) -> str:
    """Numbers that are none are null: JSON has no word for them."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _explained(error: duckdb.Error) -> UserError:
    words = str(error).strip()
    if "does not exist" in words or "not found in FROM" in words:
        words += "\n`SHOW TABLES` lists the views, `DESCRIBE regions` the columns of one"
    return UserError(f"DuckDB: {words}")
