"""Rows of benchmarks as text, and as the table of a page between its markers."""

from collections.abc import Mapping, Sequence

from benchmarks.measuring import table
from benchmarks.speed.results import Row

BEGIN, END = "<!-- made by make bench: begin -->", "<!-- made by make bench: end -->"
HEADER = ("what", "yardstick", "ours", "yardstick's", "ratio", "of processor time", "goal", "met")
LEFT = 2
"""Columns of words."""
FAILED = "failed"


def cells(row: Row) -> list[str]:
    """A row as the texts of ``HEADER``'s columns. Where the goal is a speed, ratios say how many
    times as fast ours is; else they are ours over the yardstick. In brackets the spread."""
    ours, other = (_seconds([side[i].wall for side in row.rounds]) for i in (0, 1))
    ratios = [_shown(row, ratio) for ratio in (row.ratio, min(row.ratios), max(row.ratios))]
    low, high = sorted(ratios[1:], key=float)
    spread = f" ({low}-{high})" if low != high else ""
    met = {True: "yes", False: "no", None: "-"}[row.met]
    what = f"{row.what}: {row.note}" if row.note else row.what
    sides = [what, row.yardstick, ours, other, f"{ratios[0]}{spread}", _shown(row, row.cpu_ratio)]
    return [*sides, str(row.goal), met]


def plain_table(rows: Sequence[Row]) -> str:
    """For a terminal."""
    return table(HEADER, [cells(row) for row in rows])


def markdown(found: Mapping[str, Sequence[Row] | str], names: Mapping[str, Sequence[str]]) -> str:
    """For a page. ``found``: the rows of each benchmark, or why it failed; ``names``: the rows
    that each benchmark has."""
    lines = [_line(HEADER), _line(["---"] * len(HEADER))]
    for benchmark, rows in found.items():
        if isinstance(rows, str):
            lines += [_line(_failed(name, rows)) for name in names[benchmark]]
        else:
            lines += [_line(cells(row)) for row in rows]
    return "\n".join(lines)


def parse(text: str) -> list[list[str]]:
    """The cells of a page's table, without its header. Raises ValueError where there is none."""
    inside = text.partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in inside.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if found[:1] != [list(HEADER)] or any(len(cells) != len(HEADER) for cells in found):
        raise ValueError("there is no table of benchmarks between the markers")
    return found[2:]


def put(page: str, content: str) -> str:
    """The page with other content between its markers. Raises ValueError without markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def _failed(name: str, why: str) -> list[str]:
    reason = " ".join(why.split()).replace("|", "/")[:200]
    return [f"{name}: {FAILED}: {reason}", *["-"] * (len(HEADER) - 1)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(row: Row, ratio: float) -> str:
    if row.goal.times is None:
        return f"{ratio:.2f}"
    return f"{1 / ratio:.1f}" if ratio > 0.01 else f"{1 / ratio:.0f}"


def _seconds(values: Sequence[float]) -> str:
    """The median, in a unit that suits it."""
    value = sorted(values)[len(values) // 2]
    return f"{value:.1f} s" if value >= 1 else f"{1000 * value:.3g} ms"
