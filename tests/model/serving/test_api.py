"""The addresses, over a real socket."""

import re

import httpx
import pytest

from tests.model.serving.conftest import Running, picture, running

TRUTH = {"width": 640, "height": 320}


def test_a_picture_has_its_lines(client: httpx.Client) -> None:
    answer = client.post("/api/detect", content=picture(100))

    assert answer.status_code == 200
    found = answer.json()
    assert {key: found[key] for key in TRUTH} == TRUTH
    (line,) = found["lines"]
    # Row 4 of the input, at half the picture's size: centre 72 px, 24 px high.
    assert line["box"] == [99.2, 120.0, 336.0, 168.0]
    assert line["polygon"] == [99.2, 120.0, 336.0, 120.0, 336.0, 168.0, 99.2, 168.0]
    assert line["score"] == pytest.approx((7 * 0.95 + 0.6) / 8, abs=1e-4)


def test_layers_are_those_of_the_steps(client: httpx.Client) -> None:
    found = client.post("/api/pictures", content=picture(100)).json()

    assert found["counts"] == {"slices": 16, "proposals": 8, "lines": 1}
    assert len(found["slices"]) == 16
    assert found["slices"][0] == [96.0, 120.0, 128.0, 168.0, 0.95]
    assert {slice[4] for slice in found["slices"]} == {0.95, 0.6, 0.3}
    assert {proposal[4] for proposal in found["proposals"]} == {0.95, 0.6}
    assert found["lines"] == client.post("/api/detect", content=picture(100)).json()["lines"]


def test_other_thresholds_do_not_run_the_network(served: Running, client: httpx.Client) -> None:
    first = client.post("/api/pictures", content=picture(100)).json()
    calls = served.network.calls

    again = client.get(f"/api/pictures/{first['id']}", params={"proposals.min_score": "0.7"})

    assert served.network.calls == calls
    assert again.json()["counts"] == {"slices": 16, "proposals": 7, "lines": 1}
    assert again.json()["thresholds"]["proposals.min_score"] == 0.7
    same = client.get(f"/api/pictures/{first['id']}").json()
    assert {**same, "seconds": 0} == {**first, "seconds": 0}


def test_thresholds_can_come_with_the_picture(client: httpx.Client) -> None:
    query = {"lines.min_score": "0.99"}
    assert client.post("/api/detect", params=query, content=picture()).json()["lines"] == []


def test_a_deleted_picture_is_gone(client: httpx.Client) -> None:
    made = client.post("/api/pictures", content=picture())
    address = made.headers["location"]

    assert made.status_code == 201
    assert client.get(address).status_code == 200
    assert client.delete(address).status_code == 204
    for answer in (client.get(address), client.delete(address)):
        assert answer.status_code == 404
        assert answer.json()["error"] == "unknown_picture"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("lines.min_scor=0.5", "Did you mean lines.min_score?"),
        ("foo=1", "There is no threshold 'foo'. There are proposals.min_score, "),
        ("lines.min_score=2", "from 0 to 1"),
        ("lines.min_score=nan", "a number"),
        ("lines.min_score=", "a number"),
        ("lines.min_proposals=1.5", "a whole number from 1 to 20"),
        ("lines.refine_sides=yes", "true or false"),
        ("lines.gap=1&lines.gap=2", "twice"),
    ],
)
def test_a_bad_threshold_is_named(client: httpx.Client, query: str, told: str) -> None:
    identity = client.post("/api/pictures", content=picture()).json()["id"]
    for answer in (
        client.post(f"/api/detect?{query}", content=picture()),
        client.get(f"/api/pictures/{identity}?{query}"),
    ):
        assert answer.status_code == 422
        assert answer.json()["error"] == "bad_query"
        assert told in answer.json()["detail"]


def test_health_says_how_it_is(served: Running, client: httpx.Client) -> None:
    found = client.get("/health")

    assert found.status_code == 200
    assert found.json()["ready"] is True
    assert found.json()["checkpoint_sha256"] == "0" * 64
    assert found.json()["queue"] == 0
    assert found.json()["uptime_seconds"] > 0


def test_one_thread_runs_the_network(served: Running, client: httpx.Client) -> None:
    client.post("/api/detect", content=picture())
    assert served.network.threads == {"network_0"}


def test_unknown_addresses_and_methods_are_explained(client: httpx.Client) -> None:
    for answer, status in ((client.get("/api/nothing"), 404), (client.get("/api/detect"), 405)):
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "detail"}
    for path in ("/docs", "/redoc", "/static/../app.py", "/static/%2e%2e/app.py", "/static/"):
        assert client.get(path).status_code == 404


def test_the_description_covers_every_address_and_answer(client: httpx.Client) -> None:
    description = client.get("/openapi.json").json()

    assert set(description["paths"]) == {
        "/api/detect", "/api/pictures", "/api/pictures/{id}", "/health"
    }  # fmt: skip
    detect = description["paths"]["/api/detect"]["post"]
    assert set(detect["responses"]) == {
        "200", "400", "403", "408", "413", "415", "422", "503", "504"
    }  # fmt: skip
    assert all(answer["description"] for answer in detect["responses"].values())
    assert "image/*" in detect["requestBody"]["content"]
    scores = next(p for p in detect["parameters"] if p["name"] == "lines.min_score")
    assert (scores["schema"]["minimum"], scores["schema"]["maximum"]) == (0, 1)
    assert scores["schema"]["default"] == 0.8
    refusal = description["components"]["schemas"]["Refusal"]
    assert set(refusal["required"]) == {"error", "detail"}


def test_answers_are_as_described(client: httpx.Client) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    found = client.post("/api/pictures", content=picture()).json()
    assert set(found) == set(schemas["Picture"]["properties"])
    assert set(found["lines"][0]) == set(schemas["Line"]["properties"])
    assert set(found["seconds"]) == set(schemas["Seconds"]["properties"])
    assert set(client.get("/health").json()) == set(schemas["Health"]["properties"])


def test_the_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert not re.match(r"\w+:|//", link)
        assert client.get(f"/{link}").status_code == 200
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=", page.text)


def test_every_answer_has_the_headers(client: httpx.Client) -> None:
    for path in ("/", "/static/page.js", "/health", "/api/nothing", "/openapi.json"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80", "Origin": "http://evil.example:80"},
    ],
)
def test_pages_of_others_cannot_use_it(served: Running, headers: dict[str, str]) -> None:
    with served.client(headers=headers) as client:
        calls = served.network.calls
        for answer in (
            client.post("/api/detect", content=picture(), headers={"Content-Type": "text/plain"}),
            client.get("/health"),
            client.options("/api/detect"),
        ):
            assert answer.status_code == 403
            assert answer.json()["error"] == "foreign"
            assert "access-control-allow-origin" not in answer.headers
        assert served.network.calls == calls


def test_its_own_page_can_use_it(served: Running) -> None:
    for host in (f"127.0.0.1:{served.port}", f"localhost:{served.port}", "localhost:9"):
        headers = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        with served.client(headers=headers) as client:
            assert client.post("/api/detect", content=picture()).status_code == 200


def test_a_link_from_elsewhere_leads_to_the_page(served: Running) -> None:
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for destination, status in (("document", 200), ("iframe", 403), ("image", 403)):
        with served.client(headers={**visit, "Sec-Fetch-Dest": destination}) as client:
            assert client.get("/").status_code == status
            # A form of another page navigates too.
            assert client.post("/api/detect", content=picture()).status_code == 403


def test_a_name_can_be_allowed() -> None:
    named = {"Host": "box.lan:8000"}
    with running(names=("box.lan",)) as served, served.client(headers=named) as client:
        assert client.get("/health").status_code == 200
