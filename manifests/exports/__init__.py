"""Manifests in the formats of others. ``FORMATS``: name -> writer, a module each."""

from manifests.exports.coco import CocoWriter
from manifests.exports.huggingface import ImageFolderWriter
from manifests.exports.icdar import IcdarWriter
from manifests.exports.writer import Writer
from manifests.exports.yolo import YoloWriter

FORMATS: dict[str, type[Writer]] = {
    "coco": CocoWriter,
    "icdar": IcdarWriter,
    "hf": ImageFolderWriter,
    "yolo-obb": YoloWriter,
}
