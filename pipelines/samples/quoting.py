"""The quoted text of the ICDAR formats; undone by ``pipelines.lines.unquote``."""


def quote(text: str) -> str:
    r"""Text in double quotes, with ``\"`` for a quote and ``\\`` for a backslash."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
