"""The statistics of one picture: a row of ``manifests.statistics.SCHEMA`` from its bytes alone."""

import hashlib
from typing import Any

import cv2
import numpy as np

from manifests import images
from pipelines.endings import ends_elsewhere, looks_cut
from pipelines.phash import perceptual_hash, shrink

SHARP_SIDE = 640
"""Px: sharpness is measured with the longer side shrunk to this; smaller pictures stay."""


def measure(data: bytes) -> dict[str, Any]:
    """Every column but ``image_id`` and ``image_sha256``. Raises ``images.ImageError``."""
    picture = images.decode(data)
    pixels = np.ascontiguousarray(picture.pixels)
    luma = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    small = shrink(luma)
    return {
        "pixels_sha256": pixels_digest(pixels),
        "phash": perceptual_hash(small),
        "phash_mirrored": perceptual_hash(small[:, ::-1]),
        "sharpness": sharpness(luma),
        "colour": colour(pixels),
        "orientation": images.orientation(data),
        "truncated": ends_elsewhere(data, picture.format) or looks_cut(pixels, picture.format),
        "file_bytes": len(data),
        "thumbnail": np.rint(small).astype(np.uint8).tobytes(),
        **_of_histogram(cv2.calcHist([luma], [0], None, [256], [0, 256]).ravel()),
    }


def pixels_digest(pixels: np.ndarray) -> str:
    """SHA-256 of width, height and the pixels, (height, width, 3) uint8."""
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height} ".encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def sharpness(luma: np.ndarray) -> float:
    """Variance of the Laplacian of (height, width) uint8; the blurred have little. The size is
    fixed first, for a large picture of the same scene has softer edges."""
    scale = SHARP_SIDE / max(luma.shape)
    if scale < 1:
        height, width = (max(1, round(side * scale)) for side in luma.shape)
        luma = cv2.resize(luma, (width, height), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(luma, cv2.CV_16S).astype(np.float64).var())


def colour(pixels: np.ndarray) -> float:
    """Mean distance between the greatest and the least channel, gray levels; of every other row
    and column, which is enough."""
    red, green, blue = cv2.split(pixels[::2])  # to leave out columns of one channel is quicker
    most = cv2.max(cv2.max(red, green), blue)
    least = cv2.min(cv2.min(red, green), blue)
    return float((most - least)[:, ::2].mean(dtype=np.float64))


def _of_histogram(counts: np.ndarray) -> dict[str, float]:
    """Brightness, contrast and entropy of a luma with so many pixels of each level."""
    share = counts.astype(np.float64) / counts.sum(dtype=np.float64)
    levels = np.arange(256)
    mean = float(share @ levels)
    some = share[share > 0]
    return {
        "brightness": mean,
        "contrast": float(np.sqrt(share @ (levels - mean) ** 2)),
        "entropy": float(-(some * np.log2(some)).sum()) + 0.0,
    }
