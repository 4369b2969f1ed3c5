"""What a root is called: parsing, and what is refused."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.storage.address import Remote, is_remote, key_fault, parse_root


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_a_uri_and_what_a_path_makes_of_it_are_the_same(scheme: str) -> None:
    wanted = Remote(scheme, "my-bucket", "a/b")
    for text in ("my-bucket/a/b", "my-bucket/a/b/"):
        assert parse_root(f"{scheme}://{text}") == wanted
        assert parse_root(Path(f"{scheme}://{text}")) == wanted
    assert str(wanted) == f"{scheme}://my-bucket/a/b"
    assert parse_root(str(wanted / "c.txt")) == Remote(scheme, "my-bucket", "a/b/c.txt")
    assert parse_root(f"{scheme}://my-bucket") == Remote(scheme, "my-bucket", "")
    assert str(Remote(scheme, "my-bucket", "") / "c") == f"{scheme}://my-bucket/c"


@pytest.mark.parametrize("text", ["data", "/a/b", "./s3", "C:/data", "a:b", "foo:/bar"])
def test_a_path_stays_one(text: str) -> None:
    assert parse_root(text) == Path(text)
    assert not is_remote(Path(text))


@pytest.mark.parametrize(
    "text",
    [
        "http://host/x",
        "s3://",
        "s3://key:secret@bucket/x",
        "s3://UPPER/x",
        "s3://bucket/a/../b",
        "s3://bucket/a//b",
        "s3://bucket/a\nb",
    ],
)
def test_what_is_no_root_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse_root(text)


@pytest.mark.parametrize("key", ["../a", "a/..", "a//b", "/a", "a\0b", "a/./b", "a" * 256, ""])
def test_keys_that_cannot_be_paths(key: str) -> None:
    assert key_fault(key) is not None


@pytest.mark.parametrize("key", ["a", "a/b c/ü.txt", "a/..b", "...", "a/#!%"])
def test_keys_that_can(key: str) -> None:
    assert key_fault(key) is None


def test_what_stands_inside() -> None:
    root = Remote("s3", "bucket", "a/b")
    assert (root / "c").is_relative_to(root) and root.is_relative_to(root)
    assert not Remote("s3", "bucket", "a/bc").is_relative_to(root)
    assert not Remote("s3", "other", "a/b").is_relative_to(root)
    assert root.is_relative_to(Remote("s3", "bucket", ""))
    assert not root.is_relative_to(Path("a/b"))
