"""The data: a summary for the top of the page, and the full listing for its end."""

from typing import Any

from kapre_like.models.experiment import wording
from kapre_like.models.experiment.report.blocks import (
    Facts,
    Listing,
    Part,
    Section,
    TableBlock,
    Words,
    sections,
)
from kapre_like.models.experiment.tables import Cell, Table

_SHOWN_FILES = 500
_SHOWN_COPIES = 100
_CLASSES_IN_STRIP = 6
_COPY_WORDS = {
    "identical": "Identical recordings",
    "near": "Nearly identical recordings",
    "conflicting": "One recording, several labels",
}


def strip(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Returns the summary of the data as triples of name, figure and remark."""
    data = result["data"]
    shortest, longest = (wording.seconds(data["duration_s"][key]) for key in ("min", "max"))
    items = [
        ("clips", f"{data['clips']:,}", f"{shortest} to {longest}"),
        ("hours", f"{data['hours']:.2f}", ""),
    ]
    items.append(_labels(data))
    items.append(("groups", f"{data['groups']:,}" if data["has_groups"] else "none named", ""))
    if data["has_groups"]:
        items.append(("test groups", f"{_test_groups(data):,}", "the same for all models"))
    items.append(("tested", *_tested(data["stages"])))
    copies = data.get("copies")
    if copies is not None:
        n = sum(len(copies.get(key) or []) for key in _COPY_WORDS)
        n += copies.get("repeated_rows") or 0
        items.append(("copies", f"{n:,}" if n else "none found", "listed below" if n else ""))
    skipped = len(data["skipped"])
    items.append(("skipped files", f"{skipped:,}" if skipped else "none", ""))
    return items


def _labels(data: dict[str, Any]) -> tuple[str, str, str]:
    if "words" in data:
        return "words", f"{data['words']:,}", f"{data['different_words']:,} different"
    if "classes" not in data:
        scores = data["scores"]
        return "scores", f"{scores['min']:g} to {scores['max']:g}", f"mean {scores['mean']:.3g}"
    classes = sorted(data["classes"].items(), key=lambda item: -item[1])
    total = sum(n for _, n in classes)
    named = [f"{name} {n:,} ({n / total:.0%})" for name, n in classes[:_CLASSES_IN_STRIP]]
    rest = len(classes) - len(named)
    text = ", ".join(named) + (f" and {rest} more" if rest else "")
    return "classes", f"{len(classes)}", text


def _test_groups(data: dict[str, Any]) -> int:
    found = data.get("test_groups")
    if found is None:
        found = sum(stage["groups"]["test"] for stage in data["stages"])
    return found


def _tested(stages: list[dict[str, Any]]) -> tuple[str, str]:
    n = sum(stage["test"] for stage in stages)
    if len(stages) > 1:
        return f"{n:,}", f"in {len(stages)} folds by group, each clip once"
    one = stages[0]
    return f"{n:,}", f"trained on {one['train']:,}, validated on {one['valid']:,}"


def part(result: dict[str, Any]) -> Part:
    """Returns the third part: facts about the data, and settings of the comparison."""
    data = result["data"]
    made = sections(
        Section("listing", "Clips, groups and labels", _listing(data)),
        _copies(data.get("copies")),
        Section(
            "skipped",
            f"Skipped files: {len(data['skipped'])}",
            _files(data, "skipped", "reason"),
        ),
        Section(
            "problems",
            f"Files with problems, used as they are: {len(data['problems'])}",
            _files(data, "problems", "problem") if data["problems"] else [],
        ),
        Section("made", "Settings and versions", [Facts(_made(result))]),
    )  # fmt: skip
    return Part("data", "The data", made)


_NO_GROUPS = (
    "none named, so each file is a group of its own. If several clips are of one speaker or "
    "device, the metrics are too optimistic; name the column with --group-column."
)


def _listing(data: dict[str, Any]) -> list[Any]:
    lengths = [wording.seconds(data["duration_s"][key]) for key in ("min", "median", "max")]
    facts = [
        ("data", str(data.get("path", ""))),
        ("clips", f"{data['clips']:,}, {data['hours']:.2f} hours"),
        ("length of a clip", f"{lengths[0]} to {lengths[2]}, median {lengths[1]}"),
        ("groups", f"{data['groups']:,}" if data["has_groups"] else _NO_GROUPS),
        ("split", _split(data["stages"])),
    ]
    if "words" in data:
        facts.append(("words", f"{data['words']:,}, {data['different_words']:,} different"))
        return [Facts(facts)]
    if "classes" not in data:
        scores = data["scores"]
        text = f"{scores['min']:g} to {scores['max']:g}, mean {scores['mean']:.3g}, "
        facts.append(("scores", text + f"standard deviation {scores['std']:.3g}"))
        return [Facts(facts)]
    total, greatest = sum(data["classes"].values()), max(data["classes"].values())
    rows = [
        [
            Cell(name),
            Cell(f"{n:,}", "", n, n / greatest),
            Cell(f"{100 * n / total:.1f} %", "", n),
        ]
        for name, n in data["classes"].items()
    ]
    table = Table(f"{len(rows)} classes", ["class", "clips", "share"], rows)
    return [Facts(facts), TableBlock(table)]


def _split(stages: list[dict[str, Any]]) -> str:
    if len(stages) > 1:
        return f"{len(stages)} folds by group; each clip is tested once"
    one = stages[0]
    parts = [
        f"{one[name]} ({wording.count(one['groups'][name], 'group')})"
        for name in ("train", "valid", "test")
    ]
    return f"train {parts[0]}, valid {parts[1]}, test {parts[2]}"


def _copies(copies: dict[str, Any] | None) -> Section | None:
    """Returns the recordings that occur more than once."""
    if copies is None:
        return None
    blocks: list[Any] = []
    for key, words in _COPY_WORDS.items():
        sets = copies.get(key) or []
        if sets:
            lines = [" = ".join(_copy(one) for one in found) for found in sets[:_SHOWN_COPIES]]
            more = "" if len(sets) <= _SHOWN_COPIES else f", the first {_SHOWN_COPIES} of them"
            sets_words = wording.count(len(sets), "set")
            blocks += [Words(f"{words}: {sets_words}{more}."), Listing(lines)]
    if copies.get("repeated_rows"):
        blocks.append(Words(f"Rows that repeat another: {copies['repeated_rows']:,}."))
    if blocks and copies.get("action"):
        blocks.append(Words(copies["action"]))
    return Section("copies", "Copies", blocks or [Words("No copies were found.")])


def _copy(one: dict[str, Any]) -> str:
    about = [str(one[key]) for key in ("label", "split") if one.get(key) not in (None, "")]
    return f"{one['path']} ({', '.join(about)})" if about else str(one["path"])


def _files(data: dict[str, Any], key: str, reason: str) -> list[Any]:
    entries = data[key]
    if not entries:
        return [Words("Every file could be read.")]
    shown = entries[:_SHOWN_FILES]
    blocks: list[Any] = [Listing([f"{one['path']}: {one[reason]}" for one in shown])]
    if len(shown) < len(entries):
        text = f"These are the first {len(shown)}. All are in compare.json."
        blocks.append(Words(text, quiet=True))
    return blocks


def _made(result: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [("command", result["command"])] if result.get("command") else []
    settings = result["settings"].items()
    facts += [(name, str(value)) for name, value in settings if value not in (None, {}, [])]
    facts += [(name, str(value)) for name, value in result["machine"].items()]
    versions = ", ".join(f"{name} {value}" for name, value in result["versions"].items())
    return [(name.replace("_", " "), text) for name, text in [*facts, ("versions", versions)]]
