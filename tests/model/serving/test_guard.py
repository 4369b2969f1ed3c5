"""Hosts and origins."""

import pytest

from model.serving.guard import host_name, is_known_host, is_loopback, is_own_origin


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:8000", "[::1]:8000", "[::1]",
        "192.168.1.7:80", "box.lan", "Box.LAN:9", "localhost.:8000",
    ],
)  # fmt: skip
def test_addresses_and_named_hosts_are_known(host: str) -> None:
    assert is_known_host(host, {"box.lan"})


@pytest.mark.parametrize(
    "host",
    [
        None, "", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil",
        "evil@127.0.0.1", "evil:x@localhost", "localhost/evil", "localhost#", "127.0.0.1:port",
        "[::1", "127.1", "0x7f.1", "2130706433", "local host", "localhost, evil.example",
    ],
)  # fmt: skip
def test_other_hosts_are_not(host: str | None) -> None:
    assert not is_known_host(host, {"box.lan"})


def test_a_host_loses_its_port() -> None:
    assert host_name("[fe80::1]:80") == "fe80::1"
    assert host_name("a:1:2") is None


def test_programs_name_no_origin() -> None:
    assert is_own_origin(None, None, "127.0.0.1:8000")
    assert is_own_origin(None, "none", "127.0.0.1:8000")


@pytest.mark.parametrize(
    ("origin", "site", "own"),
    [
        ("http://localhost:8000", "same-origin", True),
        ("http://LOCALHOST:8000", None, True),
        ("http://localhost", None, False),
        ("https://localhost:8000", None, False),
        ("http://127.0.0.1:8000", None, False),
        ("http://localhost:8000.evil.example", None, False),
        ("null", None, False),
        ("", None, False),
        (None, "cross-site", False),
        (None, "same-site", False),
        ("http://localhost:8000", "cross-site", False),
    ],
)
def test_an_origin_is_the_host_s_own(origin: str | None, site: str | None, own: bool) -> None:
    assert is_own_origin(origin, site, "localhost:8000") is own


def test_loopback_is_told_from_the_rest() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.7", "box.lan", "")))
