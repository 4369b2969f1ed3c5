"""SVT: one XML file a split, read with care."""

import zipfile
from pathlib import Path

import pytest

from manifests.vocabulary import Kind, Reason
from pipelines.datasets.svt import DATASET
from pipelines.source import Entry, Label, Problem
from pipelines.tree import RawTree
from tests.pipelines.datasets.readers import as_label, as_problem, read_element

BOX = '<taggedRectangle height="1" width="2" x="3" y="4"'
RECTANGLE = (
    '<taggedRectangle height="75" width="236" x="375" y="253"><tag>LIVING</tag></taggedRectangle>'
)
IMAGE = f"""<image>
<imageName>img/14_03.jpg</imageName>
<address>341 Southwest 10th Avenue Portland OR</address>
<lex>LIVING,ROOM,THEATERS</lex>
<Resolution x="1280" y="880"/>
<taggedRectangles>
{RECTANGLE}
<taggedRectangle height="1" width="2" x="3" y="4">
  <tag>A&amp;W</tag>
</taggedRectangle>
</taggedRectangles>
</image>"""


def put(root: Path, body: str, head: str = '<?xml version="1.0"?>\n') -> RawTree:
    folder = root / "svt" / "svt1"
    (folder / "img").mkdir(parents=True, exist_ok=True)
    (folder / "img" / "14_03.jpg").write_bytes(b"")
    (folder / "train.xml").write_text(f"{head}<tagset>\n{body}\n</tagset>\n", encoding="utf-8")
    return RawTree(root, "svt")


def test_image_and_its_regions(tmp_path: Path) -> None:
    (entry,) = DATASET.index(put(tmp_path, IMAGE), "train")
    assert isinstance(entry, Entry)
    assert (entry.stem, entry.image_uri) == ("14_03", "svt/svt1/img/14_03.jpg")
    assert entry.annotation_uri == "svt/svt1/train.xml#img/14_03.jpg"
    first, second = DATASET.labels(entry, None)
    assert first == Label(
        number="1",
        polygon=(375, 253, 611, 253, 611, 328, 375, 328),
        text="LIVING",
        raw=RECTANGLE,
        line=9,
    )
    assert isinstance(second, Label)
    assert (second.number, second.text, second.line) == ("2", "A&W", 10)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            '<taggedRectangle height="1" width="2" x="3"><tag>A</tag></taggedRectangle>',
            Reason.BAD_LINE,
        ),
        ('<taggedRectangle height="1" width="-2" x="3" y="4"/>', Reason.BAD_COORDINATES),
        ('<taggedRectangle height="1" width="nan" x="3" y="4"/>', Reason.BAD_COORDINATES),
        (
            f"{BOX}><tag>a<b/></tag></taggedRectangle>",
            Reason.BAD_LINE,
        ),
        (
            f"{BOX}><tag>&secret;</tag></taggedRectangle>",
            Reason.BAD_LINE,
        ),
        (f"{BOX}><tag>one</tag><tag>two</tag></taggedRectangle>", Reason.BAD_LINE),
        (f"{BOX}>bare</taggedRectangle>", Reason.BAD_LINE),
        (f"{BOX}><tag>a</tag>tail</taggedRectangle>", Reason.BAD_LINE),
        (f"{BOX}><Tag>a</Tag></taggedRectangle>", Reason.BAD_LINE),
        (f"{BOX}>&secret;</taggedRectangle>", Reason.BAD_LINE),
    ],
)
def test_broken_elements(raw: str, reason: Reason) -> None:
    problem = as_problem(read_element(DATASET, raw))
    assert (problem.kind, problem.reason, problem.line, problem.raw) == (
        Kind.REGION,
        reason,
        3,
        raw,
    )


def test_no_tag_is_a_region_without_text() -> None:
    label = as_label(read_element(DATASET, f"{BOX}/>"))
    assert (label.text, label.ignore) == (None, None)


def told(tree: RawTree) -> list[tuple[Kind, Reason]]:
    items = DATASET.index(tree, "train")
    return [(item.kind, item.reason) for item in items if isinstance(item, Problem)]


@pytest.mark.parametrize("head", ['xmlns="http://x"', 'xmlns:x="http://x"'])
def test_namespaces_are_passed_over(tmp_path: Path, head: str) -> None:
    body = IMAGE if head.startswith("xmlns=") else IMAGE.replace("</", "</x:").replace("<", "<x:")
    body = body.replace("<x:/x:", "</x:")
    tree = put(tmp_path, "")
    path = tmp_path / "svt" / "svt1" / "train.xml"
    path.write_text(f"<tagset {head}>{body}</tagset>", encoding="utf-8")
    (entry,) = DATASET.index(tree, "train")
    assert isinstance(entry, Entry)
    assert [as_label(item).text for item in DATASET.labels(entry, None)] == ["LIVING", "A&W"]


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (f"{RECTANGLE}", [(Kind.REGION, Reason.BAD_LINE)]),
        (f"<a>{RECTANGLE}</a>", [(Kind.FILE, Reason.BAD_LINE), (Kind.REGION, Reason.BAD_LINE)]),
        (
            f"<Image><imageName>img/q.jpg</imageName>{RECTANGLE}</Image>",
            [(Kind.FILE, Reason.BAD_LINE), (Kind.REGION, Reason.BAD_LINE)],
        ),
    ],
)
def test_elements_outside_any_image_are_told(
    tmp_path: Path, body: str, problems: list[tuple[Kind, Reason]]
) -> None:
    assert told(put(tmp_path, IMAGE + body)) == problems


@pytest.mark.parametrize(
    ("rectangle", "kind"),
    [
        (RECTANGLE.replace("tagged", "Tagged"), Kind.REGION),
        (RECTANGLE.replace("taggedRectangle", "box"), Kind.REGION),
        ("<circle/>", Kind.FILE),
        ("<imageName>img/15_00.jpg</imageName>", Kind.FILE),
    ],
)
def test_unknown_elements_of_an_image_are_told(tmp_path: Path, rectangle: str, kind: Kind) -> None:
    body = IMAGE.replace("</image>", f"{rectangle}</image>")
    assert told(put(tmp_path, body)) == [(kind, Reason.BAD_LINE)]


def test_nested_elements_are_counted_once(tmp_path: Path) -> None:
    inner = RECTANGLE.replace("LIVING", "INNER")
    nested = IMAGE.replace("<tag>LIVING</tag>", f"<tag>LIVING</tag>{inner}")
    items = list(DATASET.index(put(tmp_path, f"<image>{nested}</image>"), "train"))
    assert [(i.kind, i.reason) for i in items if isinstance(i, Problem)] == [
        (Kind.REGION, Reason.BAD_LINE),
        (Kind.IMAGE, Reason.BAD_NAME),
    ]
    (entry,) = (item for item in items if isinstance(item, Entry))
    outer, other = DATASET.labels(entry, None)
    assert as_problem(outer).reason is Reason.BAD_LINE and as_label(other).text == "A&W"


def test_a_file_without_any_image_is_told(tmp_path: Path) -> None:
    assert (Kind.FILE, Reason.ANNOTATION_UNREADABLE) in told(put(tmp_path, ""))


def test_an_encrypted_archive_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "svt" / "svt.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("svt1/train.xml", "<tagset></tagset>")
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    (problem,) = map(as_problem, DATASET.index(RawTree(tmp_path, "svt"), "train"))
    assert "encrypted" in problem.detail


def test_entities_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET", encoding="utf-8")
    head = f'<!DOCTYPE tagset [<!ENTITY secret SYSTEM "{secret.as_uri()}">]>\n'
    tree = put(tmp_path, IMAGE.replace("LIVING</tag>", "&secret;</tag>"), head)
    (entry,) = DATASET.index(tree, "train")
    problem, _ = DATASET.labels(entry, None)
    assert isinstance(problem, Problem) and problem.reason is Reason.BAD_LINE
    assert "SECRET" not in str(problem)


def test_an_image_listed_twice_or_without_a_name_is_told_with_its_regions(tmp_path: Path) -> None:
    nameless = IMAGE.replace("img/14_03.jpg", "")
    items = list(DATASET.index(put(tmp_path, IMAGE + IMAGE + nameless), "train"))
    assert sum(isinstance(item, Entry) for item in items) == 1
    problems = [(item.kind, item.reason) for item in items if isinstance(item, Problem)]
    refused = [(Kind.REGION, Reason.IMAGE_REFUSED)] * 2
    assert problems == [
        (Kind.IMAGE, Reason.BAD_NAME),
        *refused,
        (Kind.IMAGE, Reason.IMAGE_DUPLICATE_NAME),
        *refused,
    ]


def test_a_file_that_is_no_xml_is_a_problem(tmp_path: Path) -> None:
    broken, picture = map(as_problem, DATASET.index(put(tmp_path, "<image>"), "train"))
    assert (broken.reason, broken.line) == (Reason.ANNOTATION_UNREADABLE, 4)
    assert picture.uri == "svt/svt1/img"


def test_pictures_that_no_list_names_are_told(tmp_path: Path) -> None:
    tree = put(tmp_path, IMAGE)
    (tmp_path / "svt" / "svt1" / "img" / "extra.jpg").write_bytes(b"")
    (problem,) = (item for item in DATASET.index(tree, "train") if isinstance(item, Problem))
    assert (problem.uri, problem.reason) == ("svt/svt1/img", Reason.STRAY_FILE)


def test_a_damaged_archive_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "svt" / "svt.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("svt1/train.xml", "<tagset></tagset>")
    path.write_bytes(path.read_bytes().replace(b"<tagset></tagset>", b"<tagset></tagget>"))
    problem = as_problem(*DATASET.index(RawTree(tmp_path, "svt"), "train"))
    assert (problem.kind, problem.reason) == (Kind.FILE, Reason.ANNOTATION_UNREADABLE)
    assert "CRC" in problem.detail


def test_the_same_file_twice_is_told_and_read_once(tmp_path: Path) -> None:
    tree = put(tmp_path, IMAGE)
    (tmp_path / "svt" / "svt2").mkdir()
    (tmp_path / "svt" / "svt2" / "train.xml").write_bytes(b"<tagset/>")
    items = list(DATASET.index(tree, "train"))
    assert len([item for item in items if isinstance(item, Entry)]) == 1
    told = [item for item in items if isinstance(item, Problem)]
    assert (Kind.FILE, Reason.ANNOTATION_DUPLICATE_NAME, "svt/svt2/train.xml") in [
        (problem.kind, problem.reason, problem.uri) for problem in told
    ]
