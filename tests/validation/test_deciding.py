"""Decisions are written where everybody finds them, with what they were about."""

import datetime
import threading
from pathlib import Path

import pytest

from manifests.decisions import Decision, Verdict, load_decisions
from manifests.evidence import look_up
from manifests.reading import find_manifests
from tests.builders import make_image, publish_manifest
from validation import deciding
from validation.__main__ import main
from validation.deciding import HEADING

IMAGE, REGION = "alpha/train/img_1", "alpha/train/img_2#3"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for dataset in ("alpha", "beta"):
        images = [make_image(dataset, "train", number) for number in range(4)]
        publish_manifest(data, images, dataset=dataset)
    return data


def decide(data: Path, *arguments: str, because: str = "a copy", by: str = "Ann") -> int:
    command = ["decide", *arguments, "--data", str(data), "--because", because]
    folder = str(data.parent / "decisions")
    return main([*command, "--decisions", folder, *(["--by", by] if by else [])])


def test_every_verdict_is_written_with_who_when_why_and_digest(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(data, "drop-image", IMAGE) == 0
    said = capsys.readouterr().out
    assert str(data.parent / "decisions" / "alpha.yaml") in said
    assert "python -m pipelines decide --data" in said
    assert decide(data, "ignore-region", REGION) == 0
    assert decide(data, "not-a-leak", "beta/train/img_0", "alpha/train/img_0") == 0
    assert "validation check" in capsys.readouterr().out
    assert decide(data, "accept", "image_dark", "beta/train/img_1") == 0
    assert decide(data, "accept", "text_blank", "beta/train/img_1#1") == 0
    found = load_decisions(data.parent / "decisions")
    digests = look_up(find_manifests(data), [name for entry in found for name in entry.ids])
    assert [entry.name for entry in found] == [
        "not_a_leak alpha/train/img_0 beta/train/img_0",
        f"drop_image {IMAGE}",
        f"ignore_region {REGION}",
        "accept image_dark beta/train/img_1",
        "accept text_blank beta/train/img_1#1",
    ]
    for entry in found:
        assert [subject.digest for subject in entry.subjects] == [digests[i] for i in entry.ids]
        assert (entry.who, entry.when, entry.because) == ("Ann", datetime.date.today(), "a copy")
    files = {path.name: path.read_text() for path in (data.parent / "decisions").iterdir()}
    assert set(files) == {"alpha.yaml", "beta.yaml"}
    assert all(text.startswith(HEADING) for text in files.values())


def test_the_order_of_writing_does_not_matter(data: Path, tmp_path: Path) -> None:
    decide(data, "drop-image", IMAGE)
    decide(data, "ignore-region", REGION)
    path = tmp_path / "decisions" / "alpha.yaml"
    one = path.read_text()
    path.unlink()
    decide(data, "ignore-region", REGION)
    decide(data, "drop-image", IMAGE)
    assert path.read_text() == one


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["drop-image", "alpha/train/img_9"], "no alpha/train/img_9 in the manifests"),
        (["drop-image", REGION], "no id of the form dataset/split/image"),
        (["ignore-region", IMAGE], "no id of the form dataset/split/image#number"),
        (["ignore-region", f"{IMAGE}#99"], "no alpha/train/img_1#99 in the manifests"),
        (["not-a-leak", IMAGE, IMAGE], "are the same"),
        (["accept", "leak_near", IMAGE], "decide not_a_leak"),
        (["accept", "no code", IMAGE], "no finding has the code 'no code'; there are"),
        (["accept", "image_drak", IMAGE], "did you mean image_dark?"),
    ],
)
def test_what_cannot_be_decided_is_refused(
    data: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(data, *arguments) == 2
    assert message in capsys.readouterr().err
    assert not (data.parent / "decisions").exists()


def test_a_reason_is_needed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide(data, "drop-image", IMAGE, because="  ") == 2
    assert "--because needs some text" in capsys.readouterr().err


def test_gits_name_is_taken_and_none_is_an_error(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    assert decide(data, "drop-image", IMAGE, by="") == 2
    assert "--by NAME" in capsys.readouterr().err
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Bob B\n")
    assert decide(data, "drop-image", IMAGE, by="") == 0
    (entry,) = load_decisions(tmp_path / "decisions")
    assert (entry.who, entry.verdict) == ("Bob B", Verdict.DROP_IMAGE)


def test_the_same_and_the_contrary_are_refused(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert decide(data, "drop-image", IMAGE) == 0
    before = (data.parent / "decisions" / "alpha.yaml").read_text()
    assert decide(data, "drop-image", IMAGE, because="again") == 2
    assert "stands there already (a copy (Ann" in capsys.readouterr().err
    assert decide(data, "ignore-region", f"{IMAGE}#1") == 2
    assert "says otherwise" in capsys.readouterr().err
    assert (data.parent / "decisions" / "alpha.yaml").read_text() == before


def test_a_comment_of_somebody_is_not_lost(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide(data, "drop-image", IMAGE, because="line\n# no comment") == 0
    assert decide(data, "ignore-region", REGION) == 0
    path = data.parent / "decisions" / "alpha.yaml"
    edited = path.read_text() + "# ask Ann about this one\n"
    path.write_text(edited)
    assert decide(data, "drop-image", "alpha/train/img_3") == 2
    assert "its comment would be lost (# ask Ann" in capsys.readouterr().err
    assert path.read_text() == edited
    path.write_text(edited.replace("# ask Ann about this one\n", "\n"))
    assert decide(data, "drop-image", "alpha/train/img_3") == 0
    assert len(load_decisions(path.parent)) == 3


def test_a_folder_that_cannot_be_written_is_an_error_in_words(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data.parent / "decisions").write_text("")
    assert decide(data, "drop-image", IMAGE) == 2
    assert "give another folder as --decisions" in capsys.readouterr().err


def test_of_two_who_decide_at_once_neither_is_lost(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = data.parent / "decisions", deciding.load_decisions
    second = threading.Thread(target=decide, args=(data, "drop-image", "alpha/train/img_2"))

    def meanwhile(place: Path) -> tuple[Decision, ...]:
        found = read(place)
        if threading.current_thread() is not second and not second.ident:
            second.start()
            second.join(0.5)
        return found

    monkeypatch.setattr(deciding, "read_file", lambda path: list(meanwhile(path.parent)))
    assert decide(data, "drop-image", "alpha/train/img_0") == 0
    assert decide(data, "drop-image", "alpha/train/img_1") == 0
    second.join()
    assert len(load_decisions(folder)) == 3
