"""What is remembered of manifests: bounded, whole or as it was, and never in the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from manifests import distributions
from manifests.errors import UserError
from manifests.findings import read_findings
from manifests.reading import find_manifests
from tests.builders import make_image
from tests.validation.changing import publish, remember
from validation import history
from validation.__main__ import main
from validation.corpus import open_corpus
from validation.history import history_folder, last_other, read_history, remembered_other


def version(data: Path, number: int) -> object:
    """A version of alpha/train, remembered; returns its corpus."""
    corpus = publish(data, [make_image("alpha", "train", k) for k in range(3 + number)])
    assert remember(corpus) == []
    return corpus


def names(data: Path) -> set[str]:
    return {path.name for path in (data / "history" / "alpha" / "train").iterdir()}


def test_the_newest_and_the_last_other_are_kept_and_no_more(tmp_path: Path) -> None:
    prints = []
    for number in range(5):
        corpus = version(tmp_path, number)
        (manifest,) = corpus.manifests
        prints.append(manifest.fingerprint)
    kept = read_history(tmp_path, manifest)
    assert [snapshot.fingerprint for snapshot in kept] == prints[-2:]
    assert names(tmp_path) == {"history.json", *(f"{p[:16]}.parquet" for p in prints[-2:])}
    last = last_other(tmp_path, manifest)
    assert last is not None and last.fingerprint == prints[-2]
    assert pq.read_metadata(last.images).num_rows == 6


def test_a_version_that_comes_back_is_compared_with_the_one_between(tmp_path: Path) -> None:
    for number in (0, 1, 0):
        corpus = version(tmp_path, number)
    (manifest,) = corpus.manifests
    kept = read_history(tmp_path, manifest)
    assert len(kept) == 2 and kept[-1].fingerprint == manifest.fingerprint
    last = last_other(tmp_path, manifest)
    assert last is not None and pq.read_metadata(last.images).num_rows == 4


def test_only_what_is_compared_is_kept(tmp_path: Path) -> None:
    corpus = version(tmp_path, 0)
    (snapshot,) = read_history(tmp_path, corpus.manifests[0])
    kept = pq.read_schema(snapshot.images)
    assert "image_uri" not in kept.names
    fields = {field.name for field in kept.field("regions").type.value_type}
    assert fields == {"region_id", "polygon", "text", "care", "ignore_reason", "source_line"}
    assert all(
        np.array_equal(snapshot.histograms[name], counts)
        for name, counts in corpus.histograms["alpha/train"].items()
    )


def test_nothing_is_written_where_all_of_it_is_known(tmp_path: Path) -> None:
    corpus = version(tmp_path, 0)
    index = history_folder(tmp_path, corpus.manifests[0]) / "history.json"
    before = index.stat().st_mtime_ns, index.stat().st_ino
    remember(corpus)
    assert (index.stat().st_mtime_ns, index.stat().st_ino) == before


def test_a_quantity_that_was_measured_later_is_added(tmp_path: Path) -> None:
    corpus = version(tmp_path, 0)
    (manifest,) = corpus.manifests
    more = {**corpus.histograms[manifest.name], "brightness": np.ones(16)}
    history.remember(tmp_path, manifest, more)
    (snapshot,) = read_history(tmp_path, manifest)
    assert snapshot.histograms["brightness"].tolist() == [1] * 16
    remember(corpus)
    (snapshot,) = read_history(tmp_path, manifest)
    assert "brightness" in snapshot.histograms


def test_histograms_of_other_bins_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = version(tmp_path, 0)
    monkeypatch.setitem(distributions.EDGES, "height", (1.0, 2.0))
    (snapshot,) = read_history(tmp_path, corpus.manifests[0])
    assert "height" not in snapshot.histograms and "width" in snapshot.histograms


@pytest.mark.parametrize("broken", ["write_sealed", "_write_images"])
def test_a_killed_run_leaves_the_history_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    version(tmp_path, 0)
    second = publish(tmp_path, [make_image("alpha", "train", k) for k in range(9)])
    (manifest,) = second.manifests
    before = [s.fingerprint for s in read_history(tmp_path, manifest)]

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(history, broken, killed)
        with pytest.raises(KeyboardInterrupt):
            remember(second)
    (history_folder(tmp_path, manifest) / ".0123.parquet").write_bytes(b"left")
    assert [s.fingerprint for s in read_history(tmp_path, manifest)] == before
    remember(second)
    kept = read_history(tmp_path, manifest)
    assert names(tmp_path) == {"history.json", *(snapshot.images.name for snapshot in kept)}


def test_a_manifest_without_images_is_remembered(tmp_path: Path) -> None:
    image = make_image("alpha", "train", 0)
    corpus = publish(tmp_path, [replace(image, regions=())])
    from tests.builders import edit_rows

    edit_rows(corpus.manifests[0].folder, "images", lambda rows: rows.clear())
    corpus = open_corpus(tmp_path, find_manifests(tmp_path))
    assert remember(corpus) == []
    (snapshot,) = read_history(tmp_path, corpus.manifests[0])
    assert pq.read_metadata(snapshot.images).num_rows == 0


def test_names_of_tables_do_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    corpus = version(tmp_path, 0)
    (manifest,) = corpus.manifests
    index = history_folder(tmp_path, manifest) / "history.json"
    (tmp_path / "history" / "alpha" / "evil.parquet").write_bytes(b"")
    (snapshot,) = read_history(tmp_path, manifest)
    index.write_text(index.read_text().replace(snapshot.images.name, "../evil.parquet"))
    with pytest.raises(UserError, match="remove that folder"):
        read_history(tmp_path, manifest)
    assert remembered_other(tmp_path, manifest) is None


def test_checking_twice_finds_the_same_and_a_change_until_the_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [make_image("alpha", "train", k) for k in range(4)]
    table = tmp_path / "report" / "findings.parquet"
    publish(tmp_path, images)
    content = []
    for after in (images, images, images[1:], images[1:], images[:3]):
        publish(tmp_path, after)
        assert main(["check", "--data", str(tmp_path)]) == 0
        content.append(table.read_bytes())
    assert content[0] == content[1] and content[2] == content[3]
    codes = [row["code"] for row in read_findings(table).table.to_pylist()]
    assert codes.count("changed_images") == 4  # one came, one went, and the two of the split
    assert "changed_images" in capsys.readouterr().out


def test_a_history_that_cannot_be_written_does_not_stop_the_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(tmp_path, [make_image("alpha", "train", 0)])
    (tmp_path / "history").write_text("in the way")
    assert main(["check", "--data", str(tmp_path)]) == 0
    error = capsys.readouterr().err
    assert error.startswith("warning: alpha/train was not remembered (")
    assert str(tmp_path / "history") in error
    assert (tmp_path / "report" / "findings.parquet").is_file()


@pytest.mark.parametrize("command", ["check", "report"])
def test_data_that_cannot_be_written_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    publish(tmp_path, [make_image("alpha", "train", 0)])
    (tmp_path / "report").write_text("in the way")
    assert main([command, "--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"error: cannot write to {tmp_path / 'report'} (")
