"""The folder in which the commands of the pages are typed: every file that they name is there."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from manifests.identity import sha256_file
from model.pretrained import default
from pipelines.samples import maker
from tests.conftest import ROOT
from tests.model.raw_outputs.raw_folders import outputs_of, write_outputs, write_run

WORDS = ("EXIT", "market", "OPEN")
SIZES = {"icdar13": {"train": 2, "test": 2}, "icdar15": {"train": 36, "test": 1}}
"""Pictures; the walk of architecture.md is about the 36th."""


def make_world(folder: Path) -> None:
    """Write it into an empty folder."""
    make_raw(folder / "build" / "samples")
    shutil.copytree(folder / "build" / "samples", folder / "RAW")
    make_shop(folder)
    shutil.copytree(folder / "shop", folder / "path" / "to" / "SHOP" / "shop")
    make_pictures(folder)
    make_checkpoints(folder)
    make_archives(folder)
    shutil.copy(ROOT / "requirements.lock", folder)
    shutil.copytree(ROOT / "validation" / "decisions", folder / "validation" / "decisions")
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".ready").touch()  # later than the lock file that it is made of


def make_raw(raw: Path) -> None:
    """Small samples of two datasets; of ICDAR 2015 the training split alone."""
    for name, sizes in SIZES.items():
        (raw / name).mkdir(parents=True)
        maker(name).make(raw / name, sizes, 1)
    for path in [*raw.glob("icdar15/ch4_test_*"), *raw.glob("icdar15/Challenge4_Test_*")]:
        path.unlink()


def picture_of(word: str, size: tuple[int, int] = (320, 192)) -> tuple[Image.Image, list[float]]:
    """A picture of one word on a ground of its own, and the word's left, top, right and bottom."""
    patches = np.random.default_rng([*word.encode()]).integers(0, 120, (6, 8, 3), dtype=np.uint8)
    picture = Image.fromarray(patches).resize(size)
    font = ImageFont.load_default(40)
    draw = ImageDraw.Draw(picture)
    draw.text((60, 60), word, fill="white", font=font)
    return picture, [float(round(side)) for side in draw.textbbox((60, 60), word, font=font)]


def make_shop(folder: Path) -> None:
    """Own pictures: labelme beside them, the same in COCO's form (DIR, labels.json), two mixes."""
    number = 0
    for split in ("train", "val", "test"):
        for word in WORDS:
            number += 1
            photo = folder / "shop" / f"photos_{split}" / f"photo {number}.jpg"
            label = folder / "shop" / f"labels_{split}" / f"photo {number}.json"
            photo.parent.mkdir(parents=True, exist_ok=True)
            label.parent.mkdir(parents=True, exist_ok=True)
            picture, box = picture_of(f"{word} {number}")
            picture.save(photo, quality=95)
            label.write_text(json.dumps(labelme(photo.name, picture.size, word, box)))
        (folder / f"shop{'' if split == 'train' else f'_{split}'}.yaml").write_text(
            f"members:\n  - {{dataset: shop, split: {split}}}\n"
        )
    (folder / "DIR").mkdir()
    picture, box = picture_of("EXIT")
    picture.save(folder / "DIR" / "a.png")
    (folder / "labels.json").write_text(json.dumps(coco("a.png", picture.size, box)))


def labelme(name: str, size: tuple[int, int], word: str, box: list[float]) -> dict[str, Any]:
    shape = {"label": word, "shape_type": "rectangle", "points": [box[:2], box[2:]], "flags": {}}
    sizes = {"imageWidth": size[0], "imageHeight": size[1]}
    return {"version": "5", "imagePath": name, "imageData": None, "shapes": [shape], **sizes}


def coco(name: str, size: tuple[int, int], box: list[float]) -> dict[str, Any]:
    left, top, right, bottom = box
    annotation = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0}
    return {
        "images": [{"id": 1, "file_name": name, "width": size[0], "height": size[1]}],
        "annotations": [{**annotation, "bbox": [left, top, right - left, bottom - top]}],
        "categories": [{"id": 1, "name": "text"}],
    }


def make_pictures(folder: Path) -> None:
    """photo.jpg, PICTURE, plan.tif, holiday/, scans/ and clip.mp4."""
    picture, _ = picture_of("EXIT", (640, 368))
    for name in ("photo.jpg", "plan.tif", "holiday/one.jpg", "scans/one.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        picture.save(folder / name)
    shutil.copy(folder / "photo.jpg", folder / "PICTURE")
    form = cv2.VideoWriter.fourcc(*"mp4v")
    video = cv2.VideoWriter(str(folder / "clip.mp4"), form, 25, picture.size)
    for _ in range(2):
        video.write(np.asarray(picture)[..., ::-1])
    video.release()


def make_checkpoints(folder: Path) -> None:
    """C, CHECKPOINT, mine.ckpt and the best of RUN: each the weights that come with the project."""
    (folder / "RUN" / "checkpoints").mkdir(parents=True)
    for name in ("C", "CHECKPOINT", "mine.ckpt", "RUN/checkpoints/best.ckpt"):
        shutil.copy(default(), folder / name)
    (folder / "thresholds.yaml").write_text(
        "lines: {min_score: 0.7}\n"
        f"chosen: {{by: hand, checkpoint_sha256: {sha256_file(default())}}}\n"
    )


def make_archives(folder: Path) -> None:
    """GT.zip and SUB.zip, two archives of ICDAR 2015 as downloaded, raw outputs of a device."""
    from model.config import load_config

    for name, file in (("GT", "gt_img_1.txt"), ("SUB", "res_img_1.txt")):
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            archive.writestr(file, "60,60,160,60,160,100,60,100" + ",word" * (name == "GT"))
    downloads = folder / "home" / "Downloads"
    downloads.mkdir(parents=True)
    for path in (folder / "RAW" / "icdar15").glob("ch4_training_*.zip"):
        shutil.move(path, downloads)
    for name in ("raw", "RAWDIR"):
        outputs = outputs_of(load_config("lite"), (480, 288), [(4, 3, 9)])
        write_outputs(folder / name, "img_1", outputs)
        write_run(folder / name, 1)
