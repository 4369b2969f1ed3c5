"""Which findings are shown."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import UserError
from manifests.findings import Code, Finding, findings_table, write_findings
from validation.site.ranked import Ranked, fair_share, read_ranked

LOW = Code("low", "warning", "Too low.", "Look.", 10.0)
HIGH = Code("high", "error", "Too high.", "Look.", 0.0)


def write(folder: Path, findings: list[Finding]) -> Path:
    path = folder / "findings.parquet"
    return write_findings(path, findings_table(findings), [LOW, HIGH], {"a/train": "f"})


def test_the_worst_come_first_and_the_rest_is_counted(tmp_path: Path) -> None:
    values = [9, 1, 5, None, 7, 3, float("nan"), float("inf")]
    found = [LOW.finding("a", "train", str(v), value=v, image_id=f"a/train/{v}") for v in values]
    (kind,) = read_ranked(write(tmp_path, found), 5).kinds
    assert [finding.message for finding in kind.shown] == ["inf", "1", "3", "5", "7"]
    assert (kind.total, kind.counts) == (8, Counter({"a/train": 8}))


def test_errors_stand_before_warnings(tmp_path: Path) -> None:
    found = [LOW.finding("a", "train", "x"), HIGH.finding("b", "test", "y", value=2.0)]
    ranked = read_ranked(write(tmp_path, found), 5)
    assert [kind.code.code for kind in ranked.kinds] == ["high", "low"]
    assert ranked.severities == {"error": 1, "warning": 1}
    assert [(kind.code.code, n) for kind, n in ranked.of("b/test")] == [("high", 1)]
    assert ranked.fingerprints == {"a/train": "f"}


def test_a_large_dataset_leaves_room_for_a_small_one(tmp_path: Path) -> None:
    many = [LOW.finding("a", "train", "x", value=-float(k)) for k in range(50)]
    few = [LOW.finding("b", "train", "y", value=9.0 - k) for k in range(3)]
    (kind,) = read_ranked(write(tmp_path, many + few), 12).kinds
    assert Counter(finding.dataset for finding in kind.shown) == {"a": 9, "b": 3}
    assert [f.value for f in kind.shown if f.dataset == "a"] == [
        -float(k) for k in range(49, 40, -1)
    ]


def test_order_does_not_depend_on_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [LOW.finding("a", "train", str(k), value=float(k % 7)) for k in range(100)]
    path = write(tmp_path, found)
    whole = read_ranked(path, 20)
    monkeypatch.setattr("validation.site.ranked.BATCH_ROWS", 7)
    assert read_ranked(path, 20) == whole


def test_leaks_are_told_one_by_one(tmp_path: Path) -> None:
    leak = Code("leak_near", "error", "Leaks.", "Drop it.")
    found = [leak.finding("a", "train", str(k), image_id="a/train/1") for k in range(30)]
    path = tmp_path / "findings.parquet"
    write_findings(path, findings_table(found), [leak, LOW], {})
    told: list[str] = []
    read_ranked(path, 2, lambda finding: told.append(finding.message))
    assert told == [str(k) for k in range(30)]


def test_no_file_is_no_finding(tmp_path: Path) -> None:
    assert read_ranked(tmp_path / "none.parquet", 5) == Ranked()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"broken\.parquet holds no findings"):
        read_ranked(tmp_path / "broken.parquet", 5)


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 50), max_size=6),
    st.integers(1, 60),
)
def test_shares_are_fair(sizes: dict[str, int], cap: int) -> None:
    share = fair_share(sizes, cap)
    assert share.keys() == sizes.keys()
    assert sum(share.values()) == min(cap, sum(sizes.values()))
    for one in sizes:
        assert 0 <= share[one] <= sizes[one]
        for other in sizes:  # who has less than another has all it could, up to one for rounding
            assert share[one] >= share[other] - 1 or share[one] == sizes[one]
