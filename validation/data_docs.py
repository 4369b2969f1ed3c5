"""Data Docs of a run: the pages that Great Expectations draws, made to open without a network."""

import datetime
from html import escape
from pathlib import Path
from typing import Any

from great_expectations import ExpectationSuite
from great_expectations.core import RunIdentifier
from great_expectations.core.expectation_validation_result import (
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
)
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)

from validation.gate import Checked, Run

_SITE = "manifests"


def build(run: Run, folder: Path) -> dict[str, Path]:
    """Draw every suite and its results below ``folder``.

    Returns suite name -> page of its results, relative to ``folder``.
    """
    run_id = RunIdentifier(
        run_name="check", run_time=datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    )
    for checked in run.checked:
        _store(run, checked, run_id)
    run.engine.context.add_data_docs_site(_SITE, _site(folder))
    run.engine.context.build_data_docs(site_names=[_SITE])
    return {c.suite.name: _page(folder, c.suite.name) for c in run.checked}


def _site(folder: Path) -> dict[str, object]:
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder.resolve())}
    return {
        "class_name": "SiteBuilder",
        "store_backend": store,
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "show_how_to_buttons": False,
    }


def _store(run: Run, checked: Checked, run_id: RunIdentifier) -> None:
    name = checked.suite.name
    run.engine.context.suites.add(ExpectationSuite(name, expectations=list(checked.suite.rules)))
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run_id, "all_rows")
    run.engine.context.validation_results_store.add(key, _result(checked, run_id))


def _result(checked: Checked, run_id: RunIdentifier) -> ExpectationSuiteValidationResult:
    """Success means what it means to the gate: no error. The page lists warnings all the same."""
    results = [_escaped(result) for result in checked.results]
    passed = sum(bool(result.success) for result in results)
    asset = {"data_asset_name": checked.suite.table}
    failed = [r for r in results if not r.success]
    return ExpectationSuiteValidationResult(
        success=not any(r.expectation_config.meta["severity"] == "error" for r in failed),
        results=results,
        suite_name=checked.suite.name,
        statistics={
            "evaluated_expectations": len(results),
            "successful_expectations": passed,
            "unsuccessful_expectations": len(results) - passed,
            "success_percent": 100 * passed / len(results),
        },
        meta={"run_id": run_id, "active_batch_definition": asset},
    )


def _escaped(result: ExpectationValidationResult) -> ExpectationValidationResult:
    """A copy whose values are HTML: the pages take them as they come, and they come from files of
    strangers."""
    return ExpectationValidationResult(
        success=result.success,
        expectation_config=result.expectation_config,
        result=escape_values(result.result),
        exception_info=result.exception_info,
    )


def escape_values(value: Any) -> Any:
    """The texts in nested lists and dictionaries as HTML; the keys stay."""
    if isinstance(value, dict):
        return {key: escape_values(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [escape_values(entry) for entry in value]
    return escape(value) if isinstance(value, str) else value


def _page(folder: Path, suite: str) -> Path:
    (page,) = (folder / "validations" / suite).rglob("*.html")
    return page.relative_to(folder)
