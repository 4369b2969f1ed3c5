"""Files of thresholds: written, read, applied, and refused where they are not what they seem."""

from pathlib import Path

import pytest

from manifests.errors import UserError
from manifests.identity import sha256_file
from model.config import load_config
from model.thresholds import Thresholds, apply, read_thresholds, thresholds_of, write_thresholds

CHOSEN = {
    "checkpoint_sha256": "a" * 64,
    "mix": "val",
    "shards_digest": "d",
    "protocol": "iou",
    "hmean": 0.5,
    "images": 100,
}
VALUES = {"proposals": {"min_score": 0.3}, "lines": {"min_proposals": 3, "split_at_sides": False}}


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_thresholds(tmp_path / "t.yaml", Thresholds(VALUES, CHOSEN))
    assert read_thresholds(tmp_path / "t.yaml") == Thresholds(VALUES, CHOSEN)
    assert [path.name for path in tmp_path.iterdir()] == ["t.yaml"]


def test_only_what_a_file_names_changes() -> None:
    before = load_config("lite")
    after = apply(before, Thresholds(VALUES, CHOSEN))
    assert after.proposals.min_score == 0.3
    assert (after.lines.min_proposals, after.lines.split_at_sides) == (3, False)
    assert after.lines.min_score == before.lines.min_score
    assert after.network == before.network
    assert apply(before, Thresholds({}, CHOSEN)) == before


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lines": {"min_scor": 0.3}}, "unknown key lines.min_scor; did you mean min_score?"),
        ({"lines": {"min_score": "high"}}, "lines.min_score must be a number"),
        ({"lines": {"min_score": float("nan")}}, "lines.min_score must be a number, not nan"),
        ({"proposals": {"after_nms": 0}}, "proposals.after_nms must be from 1 to"),
    ],
)
def test_keys_and_values_that_cannot_be(values: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        apply(load_config("lite"), Thresholds(values, CHOSEN))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "expected the keys"),
        ("network: {rnn_units: 3}\nchosen: {}\n", "expected the keys"),
        ("lines: 3\nchosen: {}\n", "lines must be a mapping, not 3"),
        ("lines: {1: 2}\nchosen: {}\n", "lines must be a mapping"),
        ("lines: {min_score: 0.7}\n", "chosen must be a mapping"),
        ("lines: {}\nchosen: {mix: val}\n", "chosen does not tell checkpoint_sha256"),
        ("lines: {}\nlines: {}\n", "stands twice"),
        ("lines: [", "not a file of thresholds"),
        ("x" * 70_000, "longer than"),
        ("\x00", "not a file of thresholds"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(UserError, match=words) as error:
        read_thresholds(tmp_path / "t.yaml")
    assert str(error.value).startswith(f"{tmp_path}/t.yaml: not a file of thresholds")


def test_a_file_that_is_absent_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no such file"):
        read_thresholds(tmp_path / "none.yaml")
    (tmp_path / "t.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not a file of thresholds"):
        read_thresholds(tmp_path / "t.yaml")


def test_thresholds_hold_for_the_checkpoint_they_were_chosen_for(tmp_path: Path) -> None:
    checkpoint, file = tmp_path / "a.ckpt", tmp_path / "t.yaml"
    checkpoint.write_bytes(b"weights")
    mine = {**CHOSEN, "checkpoint_sha256": sha256_file(checkpoint)}
    write_thresholds(file, Thresholds(VALUES, mine))
    assert thresholds_of(file, checkpoint).values == VALUES
    checkpoint.write_bytes(b"other weights")
    with pytest.raises(UserError, match="chosen for another checkpoint") as error:
        thresholds_of(file, checkpoint)
    sets = "--set proposals.min_score=0.3 lines.min_proposals=3 lines.split_at_sides=False"
    assert str(error.value).endswith(sets)


def test_a_choice_by_hand_needs_no_scores_behind_it(tmp_path: Path) -> None:
    digest = "a" * 64
    (tmp_path / "t.yaml").write_text(
        f"lines: {{gap: 48}}\nchosen: {{by: hand, checkpoint_sha256: {digest}}}\n"
    )
    assert read_thresholds(tmp_path / "t.yaml").by_hand
    assert not Thresholds(VALUES, CHOSEN).by_hand
    (tmp_path / "t.yaml").write_text("lines: {gap: 48}\nchosen: {by: hand}\n")
    with pytest.raises(UserError, match="chosen does not tell checkpoint_sha256"):
        read_thresholds(tmp_path / "t.yaml")


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("mix", "2024-01-01", r"chosen\.mix must be a text, not datetime\.date"),
        ("note", "2024-01-01", r"chosen\.note must be a finite number or another plain value"),
        ("note", "!!binary aGFsbG8=", r"chosen\.note must be a finite number"),
        ("note", "!!set {a, b}", r"chosen\.note must be a finite number"),
        ("note", "[1, .inf]", r"an entry of chosen\.note must be a finite number"),
        ("note", "{2: 3}", r"a key of chosen\.note must be a text"),
        ("note", f"1{'0' * 30}", r"chosen\.note .* not a number of that size"),
        ("hmean", ".nan", r"chosen\.hmean must be a number from 0 to 1, not nan"),
        ("hmean", "true", r"chosen\.hmean must be a number from 0 to 1, not True"),
        ("images", "1.5", r"chosen\.images must be a whole number from 0"),
        ("images", "-1", r"chosen\.images must be a whole number from 0"),
        ("mix", r'"a\eb"', r"chosen\.mix must be a text .* that can all be seen, not 'a\\x1bb'"),
        ("mix", r'"a\u202Eb"', r"that can all be seen, not 'a\\u202eb'"),
        ("protocol", r'"a\nb"', r"that can all be seen"),
        ("mix", "x" * 5000, "at most 4,096 characters"),
        ("checkpoint_sha256", "0x10", r"chosen\.checkpoint_sha256 must be 64 hexadecimal"),
    ],
)
def test_what_json_and_terminals_do_not_take_is_refused_when_it_is_read(
    tmp_path: Path, key: str, value: str, words: str
) -> None:
    entries = {**CHOSEN, key: value}
    lines = [f"  {name}: {entry}" for name, entry in entries.items()]
    (tmp_path / "t.yaml").write_text("\n".join(["chosen:", *lines]))
    with pytest.raises(UserError, match=words):
        read_thresholds(tmp_path / "t.yaml")


def test_settings_are_plain_too(tmp_path: Path) -> None:
    for value, words in ((".nan", r"lines\.gap must be"), (r'"\e[2J"', "can all be seen")):
        (tmp_path / "t.yaml").write_text(f"lines: {{gap: {value}}}\nchosen: {CHOSEN}\n")
        with pytest.raises(UserError, match=words):
            read_thresholds(tmp_path / "t.yaml")


def test_advice_can_be_pasted_into_a_shell(tmp_path: Path) -> None:
    checkpoint, file = tmp_path / "a.ckpt", tmp_path / "t.yaml"
    checkpoint.write_bytes(b"weights")
    write_thresholds(file, Thresholds({"lines": {"gap": "$(touch x); 1"}}, CHOSEN))
    with pytest.raises(UserError, match="chosen for another checkpoint") as error:
        thresholds_of(file, checkpoint)
    assert str(error.value).endswith("--set 'lines.gap=$(touch x); 1'")
