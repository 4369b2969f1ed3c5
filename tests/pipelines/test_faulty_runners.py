"""Runners that drop, double or mix up elements: every pipeline notices, and publishes nothing."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest

from pipelines.normalize import normalize
from pipelines.runner import own_values
from pipelines.shard import shard
from pipelines.statistics import statistics
from tests.pipelines.conftest import ONE_WORKER

Fault = Callable[[Any], Iterable[Any]]


def _is_last(element: Any) -> bool:
    """True of one element of several: the second chunk of a split, the third shard of a mix."""
    element = element[1] if isinstance(element, tuple) and len(element) == 2 else element
    index = (
        element.get("number", -1) if isinstance(element, dict) else getattr(element, "index", -1)
    )
    return index == (2 if isinstance(element, dict) else 1)


def drop_all(element: Any) -> list[Any]:
    return []


def drop_last(element: Any) -> list[Any]:
    return [] if _is_last(element) else [element]


def double_last(element: Any) -> list[Any]:
    return [element] * (1 + _is_last(element))


def faulty_shuffle(fault: Fault) -> type:
    """In the place of ``beam.Reshuffle``: the fault at every element that goes through it."""

    class Faulty(beam.PTransform):
        def expand(self, elements: beam.PCollection) -> beam.PCollection:
            return elements | beam.FlatMap(fault)

    return Faulty


def faulty_groups(fault: Callable[[list[Any]], list[Any]], plain: type) -> type:
    """In the place of a GroupByKey: the fault at what it groups."""

    class Faulty(beam.PTransform):
        def expand(self, elements: Any) -> beam.PCollection:
            spoil = beam.MapTuple(lambda key, group: (key, spoilt(group)))
            return elements | plain() | spoil.with_output_types(Any)

    def spoilt(group: Any) -> Any:
        if isinstance(group, dict):
            return {name: fault(list(values)) for name, values in group.items()}
        return fault(list(group))

    return Faulty


def drop_one(values: list[Any]) -> list[Any]:
    return values[1:]


def double_one(values: list[Any]) -> list[Any]:
    return [*values, *values[:1]]


@pytest.mark.parametrize("fault", [drop_all, drop_last, double_last])
def test_normalize_notices_chunks_that_are_lost_or_come_twice(
    fault: Fault, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "Reshuffle", faulty_shuffle(fault))
    with pytest.raises(Exception, match=r"never published|chunks went in"):
        normalize(raw, tmp_path, beam_options=ONE_WORKER)
    assert not (tmp_path / "manifests" / "icdar13" / "train").exists()


def test_normalize_notices_chunks_that_no_branch_sees(
    raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = beam.FlatMap

    def lossy(function: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(function, "__name__", "") != "_index":
            return plain(function, *args, **kwargs)
        return plain(lambda job: [it for it in function(job) if it.index != 1])

    monkeypatch.setattr(beam, "FlatMap", lossy)
    with pytest.raises(Exception, match="icdar13/train: 1 chunks went in, 1 came out"):
        normalize(raw, tmp_path, ["icdar13"], beam_options=ONE_WORKER)


@pytest.mark.parametrize("fault", [drop_one, double_one])
def test_normalize_notices_a_wrong_group(
    fault: Any, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "CoGroupByKey", faulty_groups(fault, beam.CoGroupByKey))
    with pytest.raises(Exception, match="chunks went in"):
        normalize(raw, tmp_path, ["icdar13"], beam_options=ONE_WORKER)
    assert not (tmp_path / "manifests" / "icdar13" / "train").exists()


@pytest.mark.parametrize("fault", [drop_all, drop_last, double_last])
def test_statistics_notice_chunks_that_are_lost_or_come_twice(
    fault: Fault, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "Reshuffle", faulty_shuffle(fault))
    with pytest.raises(Exception, match=r"never published|listed|handed over"):
        statistics(own_data, beam_options=ONE_WORKER)
    assert not (own_data / "statistics" / "icdar13").exists()


@pytest.mark.parametrize("fault", [drop_one, double_one])
def test_statistics_notice_a_wrong_group(
    fault: Any, own_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "CoGroupByKey", faulty_groups(fault, beam.CoGroupByKey))
    with pytest.raises(Exception, match=r"listed|handed over"):
        statistics(own_data, beam_options=ONE_WORKER)


@pytest.mark.parametrize("fault", [drop_all, drop_last, double_last])
def test_shard_notices_shards_that_are_lost_or_come_twice(
    fault: Fault, own_data: Path, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "Reshuffle", faulty_shuffle(fault))
    with pytest.raises(Exception, match=r"the runner opened|shards, \d measured|never wrote"):
        shard(own_data, [mix], beam_options=ONE_WORKER)
    assert not (own_data / "shards" / "three").exists()


@pytest.mark.parametrize("fault", [drop_one, double_one, lambda values: []])
def test_shard_notices_sizes_and_sets_that_are_not_whole(
    fault: Any, own_data: Path, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beam, "GroupByKey", faulty_groups(fault, beam.GroupByKey))
    with pytest.raises(Exception, match=r"the runner opened|measured|list index|rows"):
        shard(own_data, [mix], beam_options=ONE_WORKER)
    assert not (own_data / "shards" / "three").exists()


def test_what_belongs_to_another_key_is_noticed() -> None:
    assert own_values("a", [("a", 1), ("a", 2)]) == [1, 2]
    with pytest.raises(RuntimeError, match="mixed up what belongs to a"):
        own_values("a", [("a", 1), ("b", 2)])


@pytest.fixture
def own_data(data: Path, tmp_path: Path) -> Path:
    """DATA after normalize, to write into."""
    mine = tmp_path / "data"
    mine.mkdir()
    (mine / "manifests").symlink_to(data / "manifests")
    return mine


@pytest.fixture
def mix(tmp_path: Path) -> str:
    path = tmp_path / "three.yaml"
    path.write_text("seed: 1\nshards: 3\nmembers:\n- {dataset: icdar13, split: train}\n")
    return str(path)
