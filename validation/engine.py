"""The edge to Great Expectations: a suite and its frames in, one result a rule out."""

from collections.abc import Iterable
from typing import Any

import great_expectations as gx
import pandas as pd
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.expectations.expectation import Expectation

from validation.merging import SAMPLES, located, merge
from validation.rules import Suite

_BRIEF = {"result_format": "BASIC", "partial_unexpected_count": SAMPLES}
Results = Iterable[ExpectationValidationResult]


class Engine:
    """Great Expectations with everything in memory, no progress bars, sending nothing."""

    def __init__(self) -> None:
        config = DataContextConfig(
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        )
        self.context: EphemeralDataContext = gx.get_context(mode="ephemeral", project_config=config)
        asset = self.context.data_sources.add_pandas("manifests").add_dataframe_asset("rows")
        self._batches = asset.add_batch_definition_whole_dataframe("all")

    def validate(
        self, suite: Suite, frames: Iterable[pd.DataFrame]
    ) -> list[ExpectationValidationResult]:
        """One result for each rule of a suite, in its order, over all frames.

        Raises RuntimeError where an expectation could not be evaluated at all.
        """
        merged: dict[str, ExpectationValidationResult] = {}
        for frame in frames:
            for result in self._evaluate(suite, frame):
                _collect(merged, result, frame, suite)
        return [merged[rule.meta["rule"]] for rule in suite.rules]

    def _evaluate(self, suite: Suite, frame: pd.DataFrame) -> Results:
        """Brief results, and full ones for what failed: full results of everything take twice as
        long, and nearly everything passes."""
        batch = self._batches.get_batch(batch_parameters={"dataframe": frame})
        found = {_rule(r): r for r in self._run(batch, suite.name, suite.rules, _BRIEF)}
        failed = [r for r in suite.rules if not found[r.meta["rule"]].success]
        if failed:
            full = {"result_format": "SUMMARY", "partial_unexpected_count": suite.samples}
            found.update({_rule(r): r for r in self._run(batch, suite.name, failed, full)})
        return found.values()

    @staticmethod
    def _run(
        batch: Batch, name: str, rules: Iterable[Expectation], result_format: dict[str, Any]
    ) -> Results:
        suite = gx.ExpectationSuite(name, expectations=list(rules))
        results = batch.validate(suite, result_format=result_format).results
        for result in results:
            _refuse_exception(result)
        return results


def failing_columns(result: ExpectationValidationResult) -> list[str]:
    """The columns whose values a rule judges; none for a row count."""
    arguments = result.expectation_config.kwargs
    return [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]


def _collect(
    merged: dict[str, ExpectationValidationResult],
    result: ExpectationValidationResult,
    frame: pd.DataFrame,
    suite: Suite,
) -> None:
    rule = _rule(result)
    if columns := failing_columns(result):
        result.result = located(result.result, frame, columns, suite.location, suite.samples)
    if rule in merged:
        result.result = merge(merged[rule].result, result.result)
    result.success = _succeeded(result)
    merged[rule] = result


def _succeeded(result: ExpectationValidationResult) -> bool:
    if "observed_value" in result.result:
        expected: Any = result.expectation_config.kwargs["value"]
        return bool(result.result["observed_value"] == expected)
    return bool(result.result["unexpected_count"] == 0)


def _refuse_exception(result: ExpectationValidationResult) -> None:
    """Great Expectations files a crash of its own under failures; the gate must not."""
    info = result.exception_info or {}
    for entry in [info, *(value for value in info.values() if isinstance(value, dict))]:
        if entry.get("raised_exception"):
            raise RuntimeError(f"rule {_rule(result)} could not be evaluated\n{entry}")


def _rule(result: ExpectationValidationResult) -> str:
    return str(result.expectation_config.meta["rule"])
