"""Chunk files: what an index lists comes out of them as it went in."""

from pathlib import Path

from manifests.vocabulary import Kind, Reason
from pipelines.chunks import CHUNK_IMAGES, read_chunk, write_chunks
from pipelines.jobs import NormalizeJob
from pipelines.source import Element, Entry, Problem


def test_items_come_out_as_they_went_in(tmp_path: Path) -> None:
    items = [
        Entry("a", "x/a.jpg", None),
        Entry("b", None, "x/b.json#1", (Element("1", "{}", 3), Element("2", "{}")), (640, 480)),
        Entry("c", "x/c.jpg", "x/c.txt", complete=False),
        Problem(Kind.REGION, Reason.BAD_LINE, "why", "x/d.txt", "d", 4, "raw \udcff"),
    ] * CHUNK_IMAGES
    job = NormalizeJob("raw", "x", "train", str(tmp_path), '{"a": 1}')
    chunks = list(write_chunks(job, items))
    assert [item for chunk in chunks for item in read_chunk(chunk)] == items
    assert NormalizeJob.from_key(job.key) == job
