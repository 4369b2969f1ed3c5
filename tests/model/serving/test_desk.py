"""Many pictures at a time: the queue, its end, and those who do not wait."""

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from model.serving.limits import Limits
from tests.model.serving.conftest import Running, picture, running, wait_until


def post(served: Running, red: int = 100) -> httpx.Response:
    with served.client() as client:
        return client.post("/api/detect", content=picture(red))


def test_200_requests_of_8_clients_are_all_answered_as_a_lone_one(served: Running) -> None:
    reds = [5, 60, 110, 160, 210]
    alone = {red: post(served, red).json() for red in reds}
    assert len({str(found) for found in alone.values()}) == len(reds)
    local = threading.local()

    def ask(number: int) -> bool:
        if not hasattr(local, "client"):
            local.client = served.client()
        red = reds[number % len(reds)]
        answer = local.client.post("/api/detect", content=picture(red))
        return answer.status_code == 200 and answer.json() == alone[red]

    with ThreadPoolExecutor(8) as clients:
        assert sum(clients.map(ask, range(200))) == 200
    assert served.service.desk.in_hand == 0


def test_a_full_queue_says_when_to_come_again() -> None:
    with running(Limits(queue=3)) as served, ThreadPoolExecutor(3) as clients:
        served.network.open.clear()
        waiting = [clients.submit(post, served) for _ in range(3)]
        wait_until(lambda: served.service.desk.in_hand == 3)

        answer = post(served)

        assert (answer.status_code, answer.json()["error"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) > 0
        with served.client() as client:
            assert client.get("/health").json()["queue"] == 3
        served.network.open.set()
        assert [each.result().status_code for each in waiting] == [200] * 3
        assert post(served).status_code == 200


def test_who_leaves_frees_the_place() -> None:
    with running(Limits(queue=2)) as served:
        served.network.open.clear()
        begun, body = served.network.begun, picture()
        head = b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", served.port)) as client:
                client.sendall(head % len(body) + body)
                wait_until(lambda: served.service.desk.in_hand == 1)
                wait_until(lambda: served.network.begun == begun + 1)
            wait_until(lambda: served.service.desk.in_hand == 0)
        served.network.open.set()
        assert post(served).status_code == 200
        # The first was at work already; the others were never begun.
        assert served.network.begun == begun + 2


def test_a_slow_network_is_not_waited_for() -> None:
    with running(Limits(seconds=0.4)) as served:
        served.network.open.clear()
        answer = post(served)
        assert (answer.status_code, answer.json()["error"]) == (504, "late")
        wait_until(lambda: not served.service.desk.is_ready)
        with served.client() as client:
            assert client.get("/health").status_code == 503
        served.network.open.set()
        wait_until(lambda: served.service.desk.is_ready)
        assert post(served).status_code == 200


def test_a_slow_picture_does_not_stop_the_others() -> None:
    """Thresholds, pages and health need no network."""
    with running() as served, served.client() as client, ThreadPoolExecutor(1) as other:
        identity = client.post("/api/pictures", content=picture()).json()["id"]
        served.network.open.clear()
        waiting = other.submit(post, served)
        wait_until(lambda: served.service.desk.in_hand == 1)
        assert client.get(f"/api/pictures/{identity}").status_code == 200
        assert client.get("/").status_code == 200
        served.network.open.set()
        assert waiting.result().status_code == 200


def test_at_its_end_what_waits_is_told_so() -> None:
    with running() as served, ThreadPoolExecutor(9) as clients:
        served.network.open.clear()
        waiting = [clients.submit(post, served) for _ in range(9)]
        wait_until(lambda: served.service.desk.in_hand == 9)
        served.server.stop()
        wait_until(lambda: served.service.desk.closing)
        served.network.open.set()
        answers = [each.result() for each in waiting]
    assert sorted(answer.status_code for answer in answers) == [200] + [503] * 8
    assert {a.json()["error"] for a in answers if a.status_code == 503} == {"ending"}


UNFINISHED = b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nab"


def test_connections_without_a_request_give_way(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.serving.protocol.CONNECTIONS", 3)
    address = ("127.0.0.1", served.port)
    wait_until(lambda: served.server.connections == 0)  # those of the tests before
    with contextlib.ExitStack() as idle:
        held = [idle.enter_context(socket.create_connection(address, 60)) for _ in range(8)]
        for each in held[5:]:
            each.sendall(UNFINISHED[:30])
        for each in held[:5]:
            assert each.recv(10) == b""  # the oldest first
        wait_until(lambda: served.server.connections == 3)
        assert post(served).status_code == 200


def test_too_many_connections_are_told_to_come_again(
    served: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.serving.protocol.CONNECTIONS", 3)
    address = ("127.0.0.1", served.port)
    wait_until(lambda: served.server.connections == 0)
    with contextlib.ExitStack() as senders:
        for number in range(3):
            senders.enter_context(socket.create_connection(address)).sendall(UNFINISHED)
            wait_until(lambda seen=number: served.server.connections == seen + 1)
        # until their requests were read
        wait_until(lambda: not any(each._due for each in served.server.server_state.connections))
        answer = post(served)
    assert (answer.status_code, answer.json()["error"]) == (503, "busy")
    wait_until(lambda: served.server.connections == 0)
    assert post(served).status_code == 200


def test_a_bug_is_not_told_in_detail(monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as served:
        monkeypatch.setattr(served.network, "outputs", lambda image: 1 / 0)
        answer = post(served)
        assert (answer.status_code, answer.json()["error"]) == (500, "internal_error")
        assert "division" not in answer.text
        monkeypatch.undo()
        assert post(served).status_code == 200


def test_pictures_that_are_kept_are_bounded() -> None:
    with running(Limits(pictures=2)) as served, served.client() as client:
        made = [client.post("/api/pictures", content=picture()).json()["id"] for _ in range(3)]
        statuses = [client.get(f"/api/pictures/{name}").status_code for name in made]
        assert statuses == [404, 200, 200]
        assert client.get("/health").json()["pictures"] == 2
