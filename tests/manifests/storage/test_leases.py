"""One writer at a time below a DATA in a store, and whose lease is over."""

import json
import time
from typing import Any

import pytest

from manifests import processes
from manifests.errors import UserError
from manifests.storage import leases
from manifests.storage.address import Remote
from tests.storing import Store

NAME = "data/.lease.json"
NO_PROCESS = 2**22 - 1


def data_of(store: Store) -> Remote:
    return Remote("s3", store.bucket, "data")


def leave(store: Store, **said: Any) -> dict[str, Any]:
    """A lease that another process put there."""
    lease = {"host": "another", "pid": 1, "token": "x", "until": time.time() + 600} | said
    store.put(NAME, json.dumps(lease).encode())
    return lease


def test_two_writers(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with leases.lease(data_of(store)):
        monkeypatch.setattr(leases, "system", lambda: "another")
        with pytest.raises(UserError, match="is writing below s3://"), leases.lease(data_of(store)):
            pass
    assert store.list_keys() == []


@pytest.mark.parametrize(
    "odd", ['"pid": 1e400', '"pid": -1', f'"pid": {2**70}', '"until": Infinity']
)
def test_a_lease_that_nobody_can_have_written_is_none(store: Store, odd: str) -> None:
    system = json.dumps(processes.system())
    told = f'{{"host": "a", "pid": 1, "until": 1e12, "token": "x", "system": {system}, {odd}}}'
    store.put(NAME, told.encode())
    with leases.lease(data_of(store)):
        pass


@pytest.mark.parametrize(
    "left",
    [
        {"until": 1.0},
        {"until": 1.0, "system": "another"},
        {"system": processes.system(), "pid": NO_PROCESS},
        {"until": "text"},
    ],
)
def test_a_lease_that_is_over_is_taken(store: Store, left: dict[str, Any]) -> None:
    leave(store, **left)
    with leases.lease(data_of(store)):
        assert json.loads(store.read(NAME))["token"] != "x"


@pytest.mark.parametrize("system", [{"system": "another boot or namespace"}, {}])
def test_a_number_says_nothing_of_a_process_of_another_system(
    store: Store, system: dict[str, str]
) -> None:
    """Of a container by the same name; earlier versions did not say which system it was."""
    left = leave(store, host=leases.socket.gethostname(), pid=NO_PROCESS, **system)
    with pytest.raises(UserError, match="is writing below"), leases.lease(data_of(store)):
        pass
    assert json.loads(store.read(NAME)) == left


def test_of_two_that_came_at_once_one_stops(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases.time, "sleep", lambda _: leave(store))
    with pytest.raises(UserError, match="another"), leases.lease(data_of(store)):
        pass
    assert json.loads(store.read(NAME))["token"] == "x"


def test_the_lease_of_another_is_not_deleted(store: Store) -> None:
    with leases.lease(data_of(store)):
        left = leave(store)
    assert json.loads(store.read(NAME)) == left


def test_a_lease_that_another_may_be_taking_over_is_not_deleted(store: Store) -> None:
    """It was not renewed: between looking whose it is and deleting it may become another's."""
    with leases.lease(data_of(store)):
        mine = json.loads(store.read(NAME)) | {"until": time.time() + 1}
        store.put(NAME, json.dumps(mine).encode())
    assert json.loads(store.read(NAME)) == mine
