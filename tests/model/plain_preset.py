"""The preset that tests start from: small, from random weights, without augmentation."""

from pathlib import Path

PLAIN = Path(__file__).with_name("plain.yaml")
