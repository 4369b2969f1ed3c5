"""Bodies that are not what they should be."""

import contextlib
import json
import socket
import struct
import time
import zlib
from collections.abc import Iterator

import httpx
import pytest

from model.serving.limits import Limits
from tests.model.serving.conftest import Running, picture, running, wait_until

SMALL = Limits(bytes=40_000, pixels=500_000, upload_seconds=1.0)


@pytest.fixture(scope="module")
def strict() -> Iterator[Running]:
    with running(SMALL) as served:
        yield served


def post(served: Running, body: object, **options: object) -> httpx.Response:
    with served.client() as client:
        return client.post("/api/detect", content=body, **options)  # type: ignore[arg-type]


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more than it holds."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(10_000))
    chunks = b"".join(
        struct.pack(">I", len(part) - 4) + part + struct.pack(">I", zlib.crc32(part))
        for part in (header, data, b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"", 400, "empty"),
        (b"not a picture", 415, "not_a_picture"),
        (b"\xff\xd8\xff", 415, "not_a_picture"),
        (b"GIF89a" + bytes(30), 415, "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not_a_picture"),
        (b"\x89PNG\r\n\x1a\n", 415, "not_a_picture"),
        (picture()[:-200], 415, "not_a_picture"),
        (picture(kind="JPEG")[:-300], 415, "not_a_picture"),
        (picture().replace(b"IDAT", b"IDAX"), 415, "not_a_picture"),
        (b"\xff\xd8" + b"\xff\xda\x00" * 501, 415, "not_a_picture"),
        (bomb(50_000, 50_000), 413, "too_many_pixels"),
        (bomb(1000, 501), 413, "too_many_pixels"),
        (bytes(40_001), 413, "too_many_bytes"),
        (bytes(40_000), 415, "not_a_picture"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    strict: Running, body: bytes, status: int, error: str
) -> None:
    answer = post(strict, body)

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["detail"].endswith(".")
    assert post(strict, picture()).status_code == 200


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP"])
def test_every_format_is_read(served: Running, kind: str) -> None:
    answer = post(served, picture(kind=kind, size=(128, 64)))
    assert answer.status_code == 200
    assert (answer.json()["width"], answer.json()["height"]) == (128, 64)


@pytest.mark.parametrize("size", [(1, 1), (30_000, 1), (1, 5000), (2, 3)])
def test_every_shape_is_looked_at(served: Running, size: tuple[int, int]) -> None:
    with served.client() as client:
        answer = client.post("/api/pictures", content=picture(size=size))
    assert answer.status_code == 201
    assert (answer.json()["width"], answer.json()["height"]) == size


def test_the_content_type_does_not_count(served: Running) -> None:
    for kind in ("text/html", "application/x-www-form-urlencoded", "image/gif", ""):
        assert post(served, picture(), headers={"Content-Type": kind}).status_code == 200


def test_a_form_is_told_to_be_none(served: Running) -> None:
    with served.client() as client:
        answer = client.post("/api/detect", files={"file": picture()})
    assert answer.status_code == 415
    assert "--data-binary" in answer.json()["detail"]


def test_a_turned_picture_stands_upright(served: Running) -> None:
    from PIL import Image as Pil

    exif = Pil.Exif()
    exif[0x0112] = 6
    found = post(served, picture(kind="JPEG", size=(64, 128), exif=exif)).json()
    assert (found["width"], found["height"]) == (128, 64)


def chunks(part: bytes, count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield part


def test_a_body_without_length_is_counted(strict: Running) -> None:
    answer = post(strict, chunks(bytes(1000), 41))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_many_bytes")
    assert post(strict, chunks(b"", 0)).json()["error"] == "empty"
    assert post(strict, iter([picture()])).status_code == 200


def test_a_large_body_is_refused_where_its_sender_can_read_it(strict: Running) -> None:
    for body in (bytes(5_000_000), chunks(bytes(100_000), 50)):
        answer = post(strict, body)
        assert (answer.status_code, answer.json()["error"]) == (413, "too_many_bytes")


def test_a_promised_size_is_refused_before_it_is_sent(
    strict: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.serving.edge.DRAIN_SECONDS", 60.0)
    head = b"Content-Length: 99999999\r\nExpect: 100-continue\r\n"
    began = time.monotonic()
    status, body = raw(strict, head, b"")
    assert (status, body["error"]) == (413, "too_many_bytes")
    assert time.monotonic() - began < 30  # it would read for sixty to throw away


def raw(
    served: Running, head: bytes, body: bytes, wait: float = 60.0
) -> tuple[int, dict[str, str]]:
    """Status and JSON of the first answer to bytes on a socket; (0, {}) where there is none."""
    start = b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=wait) as connection:
        connection.sendall(start + head + b"\r\n" + body)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> tuple[int, dict[str, str]]:
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.rstrip().endswith(b"}"):
        part = connection.recv(65536)
        if not part:
            break
        answer += part
    head, _, content = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]), json.loads(content)) if head else (0, {})


def test_a_length_that_is_too_long_runs_out_of_time(strict: Running) -> None:
    began = time.monotonic()
    status, body = raw(strict, b"Content-Length: 30000\r\n", picture())
    assert (status, body["error"]) == (408, "slow_upload")
    assert time.monotonic() - began < Limits().upload_seconds


def test_a_length_that_is_too_short_cuts_the_picture(strict: Running) -> None:
    status, body = raw(strict, b"Content-Length: 50\r\n", picture())
    assert (status, body["error"]) == (415, "not_a_picture")


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: many\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"no header\r\n",
    ],
)
def test_headers_that_make_no_sense_are_a_bad_request(strict: Running, head: bytes) -> None:
    status, body = raw(strict, head, b"xxxxx")
    assert (status, body["error"]) == (400, "bad_request")


def test_a_trickle_runs_out_of_time(strict: Running) -> None:
    with socket.create_connection(("127.0.0.1", strict.port), timeout=60) as connection:
        head = b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"
        connection.sendall(head)
        began = time.monotonic()
        for byte in picture()[:20]:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
        assert read_answer(connection)[0] == 408
    assert time.monotonic() - began < Limits().upload_seconds


HEAD = b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000\r\n\r\n"


def test_a_body_that_does_not_go_on_is_not_waited_for() -> None:
    with (
        running(Limits(progress_seconds=0.3)) as served,
        socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection,
    ):
        began = time.monotonic()
        connection.sendall(HEAD)
        for _ in range(4):  # which is progress
            connection.sendall(bytes(4096))
            time.sleep(0.15)
        status, body = read_answer(connection)
        assert 0.6 < time.monotonic() - began < Limits().upload_seconds
        assert (status, body["error"]) == (408, "slow_upload")


def test_where_all_places_are_taken_the_slowest_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("model.serving.seats.GRACE", float("inf"))
    patient = Limits(uploads=2, progress_seconds=60, upload_seconds=60)
    with running(patient) as served, contextlib.ExitStack() as open_ones:
        address = ("127.0.0.1", served.port)
        fast, slow = (
            open_ones.enter_context(socket.create_connection(address, 60)) for _ in range(2)
        )
        for connection, count in ((fast, 6000), (slow, 3)):
            connection.sendall(HEAD + bytes(count))
        wait_until(lambda: post(served, picture()).status_code == 503)
        monkeypatch.setattr("model.serving.seats.GRACE", 0.0)
        assert post(served, picture()).status_code == 200
        assert read_answer(slow)[0] == 408
        fast.sendall(bytes(14_000))
        assert read_answer(fast)[0] == 415  # it was read to its end


def test_headers_that_do_not_end_are_hung_up_on(
    strict: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model.serving.protocol.HEADER_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", strict.port), timeout=60) as connection:
        connection.sendall(b"POST /api/detect HTTP/1.1\r\nHo")
        assert connection.recv(10) == b""


def test_a_sender_that_leaves_takes_nothing_along(strict: Running) -> None:
    for head in (b"Content-Length: 30000\r\n", b"Transfer-Encoding: chunked\r\n"):
        with socket.create_connection(("127.0.0.1", strict.port)) as connection:
            connection.sendall(b"POST /api/detect HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n")
    assert post(strict, picture()).status_code == 200
    assert strict.service.desk.in_hand == 0
