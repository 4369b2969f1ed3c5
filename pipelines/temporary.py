"""Databases for what would be too much for memory, and texts in them."""

import sqlite3


def temporary_database(tables: str) -> sqlite3.Connection:
    """A private database on disk, which vanishes with its connection. ``tables``: SQL that makes
    them. Of its pages 2 MB are in memory, however large it is."""
    connection = sqlite3.connect("", check_same_thread=False)
    connection.executescript(tables)
    return connection


def to_bytes(text: str) -> bytes:
    """Bytes of any text, that of broken names too, which stand in the order of their texts."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """Undo ``to_bytes``."""
    return data.decode("utf-8", "surrogatepass")
