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

from validation.merging import SAMPLES, located, merge
from validation.rules import Suite

_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": SAMPLES}


def new_context() -> EphemeralDataContext:
    """A context that keeps everything in memory, draws no progress bars and sends nothing."""
    config = DataContextConfig(
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def validate(
    context: EphemeralDataContext, suite: Suite, frames: Iterable[pd.DataFrame]
) -> list[ExpectationValidationResult]:
    """One result for each rule of a suite, in its order, over all frames.

    Raises RuntimeError where an expectation could not be evaluated at all.
    """
    source = context.data_sources.add_or_update_pandas(suite.name)
    batches = source.add_dataframe_asset(suite.table).add_batch_definition_whole_dataframe("rows")
    merged: dict[str, ExpectationValidationResult] = {}
    for frame in frames:
        batch = batches.get_batch(batch_parameters={"dataframe": frame})
        expectations = gx.ExpectationSuite(suite.name, expectations=list(suite.rules))
        for result in batch.validate(expectations, result_format=_RESULT_FORMAT).results:
            _refuse_exception(result)
            _collect(merged, result, frame, suite)
    context.data_sources.delete(suite.name)
    return [merged[rule.meta["rule"]] for rule in suite.rules]


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
    rule = result.expectation_config.meta["rule"]
    if columns := failing_columns(result):
        result.result = located(result.result, frame, columns, suite.location)
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
            rule = result.expectation_config.meta["rule"]
            raise RuntimeError(f"rule {rule} could not be evaluated\n{entry}")
