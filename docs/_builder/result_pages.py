"""Makes a page of each file in `benchmarks/results`: question, numbers and commands."""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results"
_SCRIPT = re.compile(r"benchmarks/\w+\.py")
# A table of more rows is folded up.
_SHORT = 16


@dataclass(frozen=True)
class Row:
    """The numbers of one rival in one line of a file.

    Attributes:
        title: What the line is about.
        setting: Sizes and options that differ between the lines of the file, in words.
        rival: What was measured; empty if a line has one result.
        numbers: Each number by its name; an interval is a pair.
    """

    title: str
    setting: str
    rival: str
    numbers: dict[str, Any]


def result_files() -> list[Path]:
    """Returns the files of results that are in the repository."""
    return sorted(RESULTS.glob("*.jsonl"))


def read_lines(path: Path) -> list[dict]:
    """Returns the lines of a file of results."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def rows_of(lines: list[dict]) -> list[Row]:
    """Returns the numbers of all lines, one row per rival."""
    rows = []
    shared = _shared(lines)
    for line in lines:
        setting = ", ".join(f"{k}={v}" for k, v in _setting(line).items() if k not in shared)
        results = line.get("results", line)
        # Beside the rivals a line may have numbers of its own, such as how many times as fast.
        for rival, part in {**results, "": results}.items():
            rows.append(Row(line["title"], setting, rival, _numbers(part)))
    return [row for row in rows if row.numbers]


def result_page(path: Path, chart: str | None) -> str:
    """Returns the Markdown page of a file of results.

    Args:
        path: The file.
        chart: File name of its chart, beside the page; `None` if it has none.
    """
    lines = read_lines(path)
    script = script_of(path, lines)
    question, rest = question_of(script)
    parts = [
        f"# {question}",
        rest,
        f"![{path.stem}: chart of the numbers below]({chart})" if chart else "",
        _table(rows_of(lines)),
        f"In all rows: {_words(_shared(lines))}." if _shared(lines) else "",
        "## How it was measured",
        f"By `{script.relative_to(ROOT)}`. The numbers are those of "
        f"`benchmarks/results/{path.name}`.",
        _runs(lines),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def script_of(path: Path, lines: list[dict]) -> Path:
    """Returns the program that wrote a file of results."""
    named = _SCRIPT.search(_command(lines[0]))
    return ROOT / (named[0] if named else f"benchmarks/bench_{path.stem}.py")


def question_of(script: Path) -> tuple[str, str]:
    """Returns the question that a benchmark asks, and what its docstring says besides."""
    docstring = ast.get_docstring(ast.parse(script.read_text("utf-8"))) or ""
    question, _, rest = docstring.partition("\n\n")
    # How it is called is below, as it was called.
    rest = re.split(r"(?m)^    ", rest)[0]
    return " ".join(question.split()), rest.strip().removesuffix(":").strip()


def _command(line: dict) -> str:
    setting = line.get("setting") or {}
    return line.get("command") or setting.get("command", "")


def _setting(line: dict) -> dict[str, Any]:
    """The sizes and options of a line that are one word or number."""
    setting = line.get("setting") or {}
    known = {k: v for k, v in setting.items() if isinstance(v, (int, float, str)) and v != ""}
    return {key: value for key, value in known.items() if key != "command"}


def _words(setting: dict[str, Any]) -> str:
    return ", ".join(f"`{key}={value}`" for key, value in setting.items())


def _shared(lines: list[dict]) -> dict[str, Any]:
    """The sizes and options that all lines have alike."""
    settings = [_setting(line) for line in lines]
    first = settings[0].items()
    return {k: v for k, v in first if len(lines) > 1 and all(s.get(k) == v for s in settings)}


def _numbers(part: Any) -> dict[str, Any]:
    """The numbers of a rival; those of `metrics` with their intervals."""
    if not isinstance(part, dict):
        return {}
    found = {k: v for k, v in part.items() if isinstance(v, (int, float)) and v is not True}
    found |= {k: v for k, v in part.items() if k.endswith("interval") and _is_pair(v)}
    for name, value in (part.get("metrics") or {}).items():
        if isinstance(value, (int, float)):
            found[name] = value
            interval = (part.get("intervals") or {}).get(name)
            found |= {f"{name}_interval": interval} if _is_pair(interval) else {}
    return found


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and None not in value


def _table(rows: list[Row]) -> str:
    """The numbers as a table; what all rows share is not repeated in each."""
    names = list(dict.fromkeys(name for row in rows for name in row.numbers))
    heads = [head for head in ("title", "setting", "rival") if _differs(rows, head)]
    table = [f"| {' | '.join([*heads, *names])} |", "|" + "---|" * (len(heads) + len(names))]
    for row in rows:
        cells = [f"`{getattr(row, head)}`" if getattr(row, head) else "" for head in heads]
        cells += [_shown(row.numbers.get(name)) for name in names]
        table.append(f"| {' | '.join(cells)} |")
    text = "\n".join(table)
    if len(rows) <= _SHORT:
        return text
    return f"<details><summary>All {len(rows)} rows</summary>\n\n{text}\n\n</details>"


def _differs(rows: list[Row], head: str) -> bool:
    return len({getattr(row, head) for row in rows}) > 1


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " to ".join(_shown(part) for part in value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _runs(lines: list[dict]) -> str:
    """The commands of each day and machine."""
    runs: dict[str, list[str]] = {}
    for line in lines:
        where = line.get("where") or {}
        facts = [
            line.get("date", ""),
            where.get("cpu", ""),
            f"{where['cores']} cores" if where.get("cores") else "",
            where.get("backend", ""),
        ]
        commands = runs.setdefault(", ".join(fact for fact in facts if fact), [])
        if _command(line) not in ("", *commands):
            commands.append(_command(line))
    return "\n\n".join(
        f"{facts or 'The day is not recorded'}:\n\n```text\n" + "\n".join(commands) + "\n```"
        for facts, commands in runs.items()
        if commands
    )
