"""Workers that meet: each brings a text and gets those of all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from manifests.errors import UserError
from model import meeting
from model.meeting import Meeting, host, open_door, visit
from model.parallel import ALONE, Team, is_worker, worker_count

KEY = b"0123456789abcdef"


def workers(size: int) -> list[Meeting]:
    door = open_door("127.0.0.1", KEY)
    port = door.address[1]
    with ThreadPoolExecutor(size) as pool:
        guests = [pool.submit(visit, "127.0.0.1", port, KEY, rank) for rank in range(1, size)]
        first = host(door, size)
        return [first, *(guest.result(timeout=30) for guest in guests)]


def test_everybody_gets_the_texts_of_all_in_the_order_of_ranks() -> None:
    team = workers(3)
    with ThreadPoolExecutor(3) as pool:
        for number in range(3):
            texts = [f"{number}: {rank} ü" for rank in range(3)]
            answers = [pool.submit(w.exchange, t) for w, t in zip(team, texts, strict=True)]
            assert [answer.result(timeout=30) for answer in answers] == [texts] * 3


@pytest.mark.parametrize("gone", [0, 1])
def test_a_worker_that_has_ended_ends_the_others(
    monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    monkeypatch.setattr(meeting, "SECONDS_TO_BE_ENDED", 0)
    team = workers(2)
    for connection in team[gone]._connections:
        connection.close()
    with pytest.raises(UserError, match="another worker has ended"):
        team[1 - gone].exchange("")


def test_workers_that_begin_differently_are_named() -> None:
    with ThreadPoolExecutor(3) as pool:
        team = [Team(rank, 3, m) for rank, m in enumerate(workers(3))]
        same = [pool.submit(member.require_equal, "weights", "a") for member in team]
        assert [answer.result(timeout=30) for answer in same] == [None] * 3
        answers = [
            pool.submit(member.require_equal, "weights", "aab"[member.rank]) for member in team
        ]
        for answer in answers:
            with pytest.raises(UserError, match="the workers 2 begin with other weights"):
                answer.result(timeout=30)


def test_one_alone_meets_nobody() -> None:
    assert ALONE.exchange("a") == ["a"]
    assert ALONE.leads


def test_a_worker_knows_that_it_is_one() -> None:
    by_msrun = {"MS_ROLE": "MS_WORKER", "MS_WORKER_NUM": "8"}
    by_hand = {"RANK_TABLE_FILE": "hccl.json", "RANK_ID": "3", "RANK_SIZE": "8"}
    assert [is_worker(e) for e in (by_msrun, by_hand, {}, {"RANK_ID": "0"})] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [worker_count(e) for e in (by_msrun, by_hand, {}, {"RANK_SIZE": "8"})] == [8, 8, 1, 1]
