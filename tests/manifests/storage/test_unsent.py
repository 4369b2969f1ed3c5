"""Work that is on this machine alone outlives every command, and goes up with the next that may."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from manifests.__main__ import main
from manifests.errors import UserError
from manifests.storage import client, mirror
from manifests.storage.address import Remote
from manifests.storage.edge import Needs, settled
from manifests.storage.sending import send_files
from model.files import lock
from tests.builders import make_image, publish_manifest
from tests.storing import Store

READS = Needs(("*",))
WRITES = Needs(("*",), ("runs/*",))
STATE = "runs/mine/checkpoints/last.ckpt"
LOG = "runs/mine/log.jsonl"


@pytest.fixture
def data(store: Store) -> Path:
    """The folder of this machine for a DATA in which a training ended at its step 1000."""
    folder = mirror.folder_of(Remote("s3", store.bucket, "data"))
    publish_manifest(folder, [make_image("toy", "train", 1)], dataset="toy")
    with command(folder, WRITES):
        write(folder, "step 1000")
    return folder


@contextmanager
def command(data: Path, needs: Needs) -> Iterator[None]:
    with settled(argparse.Namespace(data=data), needs):
        yield


def write(data: Path, text: str) -> None:
    """What a training that is killed leaves, or one that lives has written so far."""
    for name in (STATE, LOG):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(text)


def here(data: Path) -> list[str]:
    return [(data / name).read_text() for name in (STATE, LOG)]


def there(store: Store) -> list[str]:
    return [store.read(f"data/{name}").decode() for name in (STATE, LOG)]


def test_the_state_of_a_killed_training_goes_up_before_the_next_does_anything(
    data: Path, store: Store
) -> None:
    write(data, "a later step")
    with command(data, WRITES):
        assert here(data) == there(store) == ["a later step"] * 2


def test_a_first_state_that_the_store_never_had_goes_up_too(data: Path, store: Store) -> None:
    (data / "runs/first").mkdir()
    (data / "runs/first/last.ckpt").write_text("1")
    with command(data, WRITES):
        assert store.read("data/runs/first/last.ckpt") == b"1"


def test_a_command_that_only_reads_leaves_it(data: Path, store: Store) -> None:
    write(data, "a later step")
    (data / "findings").mkdir()
    (data / "findings" / "first.parquet").write_text("never sent")
    place = f"{store.uri}/data"
    assert main(["stats", "--data", place]) == 0
    main(["verify", place])
    with command(data, READS):
        assert here(data) == ["a later step"] * 2
        assert (data / "findings" / "first.parquet").read_text() == "never sent"
    assert there(store) == ["step 1000"] * 2
    assert "data/findings/first.parquet" not in store.list_keys()


def test_what_the_store_changed_or_lost_comes_where_nothing_was_changed_here(
    data: Path, store: Store
) -> None:
    store.put(f"data/{LOG}", b"of another machine")
    store.delete(f"data/{STATE}")
    with command(data, WRITES):
        assert (data / LOG).read_text() == "of another machine"
        assert not (data / STATE).exists()


@pytest.mark.parametrize("needs", [READS, WRITES])
def test_what_was_changed_in_both_places_is_a_conflict_that_a_person_ends(
    data: Path, store: Store, needs: Needs
) -> None:
    write(data, "a later step")
    for name in (STATE, LOG):
        store.put(f"data/{name}", b"of another machine")
    with pytest.raises(UserError) as told, command(data, needs):
        pytest.fail("nothing is done")
    for name in (STATE, LOG):
        assert f"{store.uri}/data/{name}\n  {data / name}\n" in str(told.value)
    assert here(data) == ["a later step"] * 2 and there(store) == ["of another machine"] * 2
    store.delete(f"data/{STATE}")
    (data / LOG).unlink()
    with command(data, WRITES):
        assert here(data) == there(store) == ["a later step", "of another machine"]


def test_what_went_up_and_was_not_noted_is_no_conflict(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between storing an object and noting it in the book."""
    write(data, "a later step")
    store.put(f"data/{STATE}", b"a later step")
    with command(data, READS):
        assert here(data) == ["a later step"] * 2
    monkeypatch.setattr("manifests.storage.unsent.digest_of", None)  # from now on it is known
    with command(data, WRITES):
        assert there(store) == ["a later step"] * 2


def test_a_stamp_in_other_words_is_no_conflict(data: Path, store: Store) -> None:
    """Of a listing that tells the time finer than the answer for a single object."""
    remote = Remote("s3", store.bucket, "data")
    with mirror.book_of(remote) as book:
        for name in (STATE, LOG):
            known = book.known(remote / name)
            assert known is not None
            book.note(remote / name, (data / name).stat(), "other words", known.sha256)
    write(data, "a later step")
    with command(data, WRITES):
        assert here(data) == there(store) == ["a later step"] * 2


def test_a_copy_that_was_only_touched_is_a_copy(data: Path, store: Store) -> None:
    for name in (STATE, LOG):
        (data / name).touch()
        store.put(f"data/{name}", b"of another machine")
    with command(data, READS):
        assert here(data) == ["of another machine"] * 2


def test_an_upload_that_failed_and_took_the_object_away_is_repeated(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path, remote: Remote) -> None:
        client.delete(remote)
        raise client.StorageError("the store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(client, "put", fails)
        with pytest.raises(UserError, match="does not answer"), command(data, WRITES):
            write(data, "a later step")
    assert f"data/{LOG}" not in store.list_keys()
    with command(data, WRITES):
        assert there(store) == ["a later step"] * 2


def test_what_is_appended_while_it_goes_up_goes_up_the_next_time(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = client.put

    def late(path: Path, remote: Remote) -> None:
        before(path, remote)
        with path.open("a") as file:
            file.write(", and more")

    write(data, "a later step")
    with monkeypatch.context() as patch:
        patch.setattr(client, "put", late)
        send_files(data, [LOG])
    with command(data, WRITES):
        assert there(store) == ["a later step", "a later step, and more"]


def test_a_run_in_which_a_process_trains_is_left_to_it(data: Path, store: Store) -> None:
    held = lock(data / "runs/mine/.lock")
    assert held is not None
    log = (data / LOG).open("a")
    store.put(f"data/{LOG}", b"of another machine")
    store.put("data/runs/mine/checkpoints/epoch-0001.ckpt", b"removed here")
    for needs in (READS, WRITES):
        with command(data, needs):
            log.write(", half a li")
            log.flush()
    assert here(data) == ["step 1000", "step 1000, half a li, half a li"]
    assert there(store) == ["step 1000", "of another machine"]
    assert not (data / "runs/mine/checkpoints/epoch-0001.ckpt").exists()


def test_an_evaluation_in_the_folder_of_such_a_run_goes_up_at_its_own_end(
    data: Path, store: Store
) -> None:
    training = lock(data / "runs/mine/.lock")
    folder = data / "runs/mine/evaluations/toy"
    with command(data, WRITES):
        folder.mkdir(parents=True)
        evaluating = lock(folder / ".lock")
        assert training is not None and evaluating is not None
        (folder / "evaluation.json").write_text("half of it")
        with command(data, WRITES):
            pass
        assert "data/runs/mine/evaluations/toy/evaluation.json" not in store.list_keys()
        (folder / "evaluation.json").write_text("all of it")
        evaluating.close()
    assert store.read("data/runs/mine/evaluations/toy/evaluation.json") == b"all of it"


def test_a_state_that_a_living_process_removed_is_not_removed_for_it(
    data: Path, store: Store
) -> None:
    with command(data, WRITES):
        held = lock(data / "runs/mine/.lock")
        assert held is not None
        (data / LOG).unlink()
    assert f"data/{LOG}" in store.list_keys()
    held.close()


def test_what_did_not_change_costs_no_request_but_the_listing(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: Any) -> None:
        pytest.fail("the store is asked, or a file is read")

    for name in ("put", "get", "delete"):
        monkeypatch.setattr(client, name, asked)
    for name in ("digest_of", "sha256_file"):
        monkeypatch.setattr(f"manifests.storage.unsent.{name}", asked)
    with command(data, WRITES):
        pass
