"""A DATA in a store: what is fetched, what goes up, in which order, and what a kill leaves."""

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from manifests.__main__ import main
from manifests.errors import UserError
from manifests.lock import writing_lock
from manifests.publish import publishing, scratch_folder
from manifests.reading import find_manifests, open_manifest
from manifests.records import Image
from manifests.storage import client, edge, mirror
from manifests.storage.address import Remote
from manifests.storage.client import Stored
from manifests.storage.edge import Needs, settled
from manifests.storage.sending import order
from tests.builders import make_image, publish_manifest
from tests.storing import Store


@pytest.fixture
def data(store: Store) -> Path:
    """The folder of this machine for a DATA with one manifest, which is in the store."""
    folder = mirror.folder_of(Remote("s3", store.bucket, "data"))
    publish(folder, 3)
    return folder


def publish(data: Path, images: int) -> None:
    publish_manifest(data, pictures("toy", images), dataset="toy")


def pictures(dataset: str, count: int) -> list[Image]:
    return [make_image(dataset, "train", number) for number in range(count)]


def elsewhere(patch: pytest.MonkeyPatch, tmp_path: Path, store: Store) -> Path:
    """The folder of another machine for the same DATA."""
    shutil.rmtree(tmp_path / "other", ignore_errors=True)
    patch.setenv("TEXTLINES_CACHE", str(tmp_path / "other"))
    return mirror.folder_of(Remote("s3", store.bucket, "data"))


def test_a_path_tells_its_object(store: Store, tmp_path: Path) -> None:
    remote = Remote("s3", store.bucket, "data")
    folder = mirror.folder_of(remote)
    assert mirror.remote_of(folder / "a" / "b") == remote / "a/b"
    assert mirror.at_home(mirror.address_of(folder / "a")) == folder / "a"
    assert mirror.remote_of(tmp_path) is None
    assert mirror.address_of(tmp_path) == str(tmp_path)
    assert mirror.at_home(str(tmp_path)) == tmp_path


def test_what_is_published_stands_in_the_store_index_last(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = record(monkeypatch)
    publish(data, 4)
    index = "data/manifests/toy/train/manifest.json"
    assert said[0] == ("delete", index) and said[-1] == ("put", index)
    assert {key for _, key in said[1:-1]} == set(store.list_keys("data/manifests")) - {index}
    for key in store.list_keys("data/manifests"):
        assert store.read(key) == data.joinpath(key.removeprefix("data/")).read_bytes()


def record(monkeypatch: pytest.MonkeyPatch, fail_at: int = -1) -> list[tuple[str, str]]:
    """What is asked of the store to change; the one of a number is a kill."""
    said: list[tuple[str, str]] = []

    def watch(name: str) -> None:
        before: Callable[..., Any] = getattr(client, name)

        def watched(*args: Any) -> Any:
            if len(said) == fail_at:
                raise KeyboardInterrupt
            said.append((name, args[-1].key))
            return before(*args)

        monkeypatch.setattr(client, name, watched)

    for name in ("put", "copy", "delete"):
        watch(name)
    return said


def test_a_kill_at_any_request_leaves_what_was_nothing_or_all(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = set()
    for kill in range(20):
        with monkeypatch.context() as patch:
            said = record(patch, kill)
            try:
                publish(data, 4 + kill % 2)
            except KeyboardInterrupt:
                pass
            else:
                break
        with monkeypatch.context() as patch:
            other = elsewhere(patch, tmp_path, store)
            mirror.bring(other)
            found = find_manifests(other)
            for manifest in found:
                manifest.verify()
            seen.add(len(found))
    assert kill == len(said) == 3 and seen == {0, 1}


def test_only_what_changed_is_fetched_again(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish_manifest(data, pictures("other", 1), dataset="other")
    folder = elsewhere(monkeypatch, tmp_path, store)
    fetched: list[str] = []
    before = client.get
    monkeypatch.setattr(client, "get", lambda it, path: (fetched.append(it.key), before(it, path)))
    mirror.bring(folder)
    assert {manifest.name for manifest in find_manifests(folder)} == {"toy/train", "other/train"}
    assert "data/manifests/toy/train/images.parquet" in fetched
    fetched.clear()
    mirror.bring(folder)
    assert fetched == []
    (folder / "manifests" / "toy" / "train" / "images.parquet").write_bytes(b"spoilt here")
    mirror.bring(folder)
    assert fetched == ["data/manifests/toy/train/images.parquet"]
    open_manifest(folder, "toy", "train").verify()


def test_an_object_that_was_altered_is_noticed_though_size_and_time_are_the_same(
    data: Path, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "data/manifests/toy/train/images.parquet"
    content = bytearray(store.read(key))
    content[-20] ^= 1
    store.put(key, bytes(content))
    folder = elsewhere(monkeypatch, tmp_path, store)
    with pytest.raises(UserError, match="altered"):
        mirror.bring(folder)
    assert not (folder / "manifests" / "toy" / "train" / "images.parquet").exists()


def test_what_the_store_lost_is_lost_here_and_hidden_or_odd_keys_never_come(
    data: Path, store: Store
) -> None:
    for key in (".scratch/a", "a//b", "../up", "manifests/.staging-x/b", "marker/"):
        store.put(f"data/{key}", b"x" if key[-1] != "/" else b"")
    for key in store.list_keys("data/manifests/toy"):
        store.delete(key)
    store.put("data/kept.txt", b"1")
    mirror.bring(data)
    made_of = [name for name in mirror.here(data) if name.startswith("parts/")]
    assert list(mirror.here(data)) == ["kept.txt", *made_of]
    assert not list(data.rglob("b")) and not (data.parent / "up").exists()


def test_an_object_that_is_a_folder_too_is_named(data: Path, store: Store) -> None:
    store.put("data/manifests/toy", b"x")
    with pytest.raises(UserError, match="delete one of them"):
        mirror.bring(data)


def test_scratch_and_staging_are_gone_at_the_end(data: Path, store: Store) -> None:
    store.put("data/.normalize-000000000000/left", b"x")
    store.put("data/.staging-toy-0123456789ab/left", b"x")
    with writing_lock(data), scratch_folder(data, "normalize") as scratch:
        assert not store.list_keys("data/.normalize")
        client.put_bytes(b"1", Remote("s3", store.bucket, f"data/{scratch.name}/part"))
        with pytest.raises(RuntimeError), publishing(data / "toy"):
            raise RuntimeError
    assert [key for key in store.list_keys("data") if "/." in key] == []


def test_verify_calls_what_is_in_a_store_by_its_uri(
    data: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.put("data/manifests/toy/train/images.parquet", b"altered")
    for more in ([], ["--json"]):
        assert main(["verify", f"{store.uri}/data", *more]) == 1
        said = capsys.readouterr().out
        assert f"{store.uri}/data/manifests/toy/train/images.parquet" in said
        assert f"--data {store.uri}/data " in said and str(data) not in said


@pytest.mark.parametrize("name", ["S3:/bucket/x", "file:/tmp/x", "https:/host/x", "gs:bucket/x"])
def test_what_is_only_like_a_uri_is_no_new_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for key in ("data", "raw", "out", "pictures"):
        value: Any = [Path(name)] if key == "pictures" else Path(name)
        with (
            pytest.raises(UserError, match="names nothing of this machine"),
            settled(argparse.Namespace(**{key: value}), Needs(())),
        ):
            pass
    Path(name).mkdir(parents=True)  # which is what somebody wanted, then
    with settled(argparse.Namespace(data=Path(name)), Needs(())):
        pass


@pytest.mark.parametrize("name", ["a:b", "photo 1: x.jpg", "C:/data", "data/s3:/x", "/s3:/x"])
def test_a_colon_alone_makes_no_uri(name: str) -> None:
    with settled(argparse.Namespace(data=Path(name)), Needs(())):
        pass


def test_what_a_command_changed_goes_up_even_if_it_fails(data: Path, store: Store) -> None:
    store.put("data/runs/old/log.jsonl", b"1")
    args = argparse.Namespace(data=Path(f"s3://{store.bucket}/data"), raw=None)
    needs = Needs(("manifests/*", "runs/*"), ("runs/*",))
    with pytest.raises(UserError, match=f"^no s3://{store.bucket}/data/x$"), settled(args, needs):
        assert args.data == data
        (args.data / "runs" / "new").mkdir()
        (args.data / "runs" / "new" / "last.ckpt").write_bytes(b"2")
        (args.data / "runs" / "old" / "log.jsonl").unlink()
        (args.data / "elsewhere.txt").write_bytes(b"3")
        raise UserError(f"no {args.data}/x")
    assert store.list_keys("data/runs") == ["data/runs/new/last.ckpt"]
    assert "data/elsewhere.txt" not in store.list_keys()


def test_other_options_stay_on_this_machine() -> None:
    for given in ({"out": Path("s3://bucket/x")}, {"images": ["a", "gs://bucket/x"]}):
        with (
            pytest.raises(UserError, match="only --raw and --data"),
            settled(argparse.Namespace(**given), Needs(())),
        ):
            pass


def test_a_local_command_never_asks_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "bring", None)
    args = argparse.Namespace(data=tmp_path, raw=tmp_path)
    with settled(args, Needs(("*",), ("*",))):
        assert (args.data, args.raw) == (tmp_path, tmp_path)


def test_order() -> None:
    names = ["manifest.json", "about.json", "log.jsonl", "last.ckpt", "images.parquet"]
    assert sorted(names, key=order) == [
        "log.jsonl",
        "images.parquet",
        "last.ckpt",
        "about.json",
        "manifest.json",
    ]


def test_a_tool_reads_it(data: Path, store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(data)
    assert main(["stats", "--data", f"s3://{store.bucket}/data"]) == 0
    assert "toy/train" in capsys.readouterr().out
    assert main(["stats", "--data", f"s3://{store.bucket}/nothing"]) == 2
    assert f"no manifest below s3://{store.bucket}/nothing" in capsys.readouterr().err


def test_verify_lists_what_was_altered(
    data: Path,
    store: Store,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "_stored", lambda info, name: Stored(name, info.size, "a second"))
    place = f"s3://{store.bucket}/data"
    assert main(["verify", place]) == 0
    key = "data/manifests/toy/train/images.parquet"
    store.put(key, store.read(key)[:-1] + b"x")
    capsys.readouterr()
    assert main(["verify", place]) == 1
    assert "damaged" in capsys.readouterr().out
    assert main(["stats", "--data", place]) == 2
    assert "altered" in capsys.readouterr().err


def test_a_user_without_a_home_has_data_on_this_machine_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("TEXTLINES_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    mirror._cache_root.cache_clear()
    assert mirror.remote_of(tmp_path) is None
    mirror._cache_root.cache_clear()
