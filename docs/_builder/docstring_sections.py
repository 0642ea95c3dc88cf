"""Parses the docstring of a layer into its summary, its text and its sections."""

import inspect
import re
from dataclasses import dataclass

_NAMES = (
    "Args", "Input shape", "Output shape", "Weights", "Returns", "Raises", "Warns", "Example",
    "Source",
)  # fmt: skip
_HEADING = re.compile(rf"^({'|'.join(_NAMES)}):[ ]*(.*)$")
_ENTRY = re.compile(r"^(\*{0,2}[\w`, *]+?): (.*)$")
_CODE = re.compile(r"`([^`]+)`")
# The left side of a formula that defines the layer's output: `y`, or `X` for a transform.
_OUTPUT = re.compile(r"[yX](\[[^=]*\])? = ")


@dataclass(frozen=True)
class Docstring:
    """The parts of a docstring.

    Attributes:
        summary: The first paragraph.
        text: The paragraphs between the summary and the first section. Markdown.
        sections: The text of each section by its heading.
    """

    summary: str
    text: str
    sections: dict[str, str]

    def entries(self, heading: str) -> list[tuple[str, str]]:
        """Returns the names that a section lists, each with its description."""
        found = []
        for line in self.sections.get(heading, "").splitlines():
            entry = None if line.startswith(" ") else _ENTRY.match(line)
            if entry:
                found.append(list(entry.groups()))
            elif found:
                found[-1][1] += f" {line.strip()}"
        return [(name, meaning) for name, meaning in found]

    def formulas(self) -> list[str]:
        """Returns the equations in the text, as the docstring writes them.

        An equation is a code span with spaces around `=`, which keyword arguments lack.
        """
        spans = (" ".join(span.split()) for span in _CODE.findall(self.text))
        return list(dict.fromkeys(span for span in spans if " = " in span))

    def defines_output(self) -> bool:
        """Returns whether one of the formulas defines the layer's output, `y` or `X`."""
        return any(_OUTPUT.match(formula) for formula in self.formulas())


def read_docstring(thing: type) -> Docstring:
    """Returns the parts of the docstring of a class."""
    text, sections = [], {}
    lines = text
    for line in inspect.cleandoc(thing.__doc__).splitlines():
        heading = _HEADING.match(line)
        if heading:
            lines = sections.setdefault(heading[1], [])
            line = heading[2]
        lines.append(line)
    summary, _, rest = "\n".join(text).partition("\n\n")
    return Docstring(
        summary=" ".join(summary.split()),
        text=rest.strip(),
        sections={name: _dedented(part) for name, part in sections.items()},
    )


def _dedented(lines: list[str]) -> str:
    """Returns the text of a section, whose first line may follow the heading directly."""
    return inspect.cleandoc("\n".join(lines)).strip()
