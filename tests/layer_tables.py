"""Writes lists and tables of layers from `kapre_like/_layer_table.py`; `make tables` runs it.

A table of a page follows its head, and ends at the next empty line. A list in code is between
two comments.
"""

import importlib
import inspect
import re
from pathlib import Path

from kapre_like._layer_table import AUGMENTATION, AUGMENTATIONS, FRONT_END, LAYERS, ROWS

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "# Written by `make tables` from kapre_like/_layer_table.py.\n"
END = "# End of what `make tables` writes.\n"
HEADS = {
    "ARCHITECTURE.md": "| layer | arguments and defaults |\n|---|---|\n",
    "docs/front_end.md": "| subject | layers |\n|---|---|\n",
    "docs/augmentation.md": "| kind | layer | in training |\n|---|---|---|\n",
}


def module_of(name):
    """Returns the module of a layer, whose file has the name of the class in snake case."""
    package = "layers" if name in LAYERS else "augment"
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return f"kapre_like.{package}.{words.lower()}"


def import_line(module, name):
    """Returns an import that also exports the name, as ruff formats it."""
    line = f"from {module} import {name} as {name}\n"
    if len(line) <= 97:
        return line
    return f"from {module} import (\n    {name} as {name},\n)\n"


def layers_list():
    """Returns the imports and `__all__` of `kapre_like/layers/__init__.py`."""
    lines = sorted(import_line(module_of(name), name) for name in LAYERS)
    # Constants before classes: ruff requires this order of `__all__`.
    names = sorted(LAYERS, key=lambda name: (not name.isupper(), name))
    exported = "".join(f'    "{name}",\n' for name in names)
    return f"\n{''.join(lines)}\n__all__ = [\n{exported}]\n"


def augment_list():
    """Returns the imports of `kapre_like/augment/__init__.py`."""
    recipes = ("Recipe", "read_recipe", "recipe_names")
    lines = [import_line(module_of(name), name) for name in AUGMENTATIONS]
    lines += [import_line("kapre_like.augment.recipe", name) for name in recipes]
    lines.append("from kapre_like._layer_table import AUGMENTATIONS as LAYERS\n")
    return "\n" + "".join(sorted(lines)) + "\n"


def defaults_table():
    """Returns the rows of ARCHITECTURE.md: the arguments of every layer with their defaults."""
    return "".join(f"| `{name}` | {arguments_text(name)} |\n" for name in sorted(ROWS))


def arguments_text(name):
    """Returns the arguments of a layer as code, or `none`."""
    given = [
        argument.name if argument.default is argument.empty else str(argument)
        for argument in parameters(getattr(importlib.import_module(module_of(name)), name))
    ]
    text = ", ".join(re.sub(r"^(\w+): .* = ", r"\1=", argument) for argument in given)
    return f"`{text}`".replace("'", '"') if text else "none"


def parameters(layer):
    """Returns the parameters of a constructor without `self` and `**kwargs`."""
    found = list(inspect.signature(layer.__init__).parameters.values())[1:]
    return [one for one in found if one.kind is not inspect.Parameter.VAR_KEYWORD]


def front_end_table():
    """Returns the rows of `docs/front_end.md`: subject and layers."""
    shared = ", ".join(f"`{name}`" for name in LAYERS if name in AUGMENTATIONS)
    rows = [
        f"| {subject} | {', '.join(map(noted, layers))} |\n"
        for subject, layers in FRONT_END.items()
    ]
    rows.append(f"| augmentation ([all layers](augmentation.md)) | {shared} |\n")
    return "".join(rows)


def noted(row):
    """Returns the name of a layer, and the note on it in parentheses."""
    return f"`{row.name}` ({row.note})" if row.note else f"`{row.name}`"


def augmentation_table():
    """Returns the rows of `docs/augmentation.md`: kind, layer, and what it does in training."""
    return "".join(
        f"|{'' if number else f' {kind}'} | `{row.name}` | {row.note} |\n"
        for kind, layers in AUGMENTATION.items()
        for number, row in enumerate(layers)
    )


# The lists first: a package must be importable before its layers are imported for a table.
LISTS = {
    "kapre_like/layers/__init__.py": layers_list,
    "kapre_like/augment/__init__.py": augment_list,
}
TABLES = {
    "ARCHITECTURE.md": defaults_table,
    "docs/front_end.md": front_end_table,
    "docs/augmentation.md": augmentation_table,
}


def written(name):
    """Returns the text of a file with the list or table that belongs into it."""
    text = (ROOT / name).read_text("utf-8")
    begin, end = (BEGIN, END) if name in LISTS else (HEADS[name], "\n")
    before, found, rest = text.partition(begin)
    if not found:
        raise ValueError(f"{name} must contain {begin!r}")
    old_end = rest.index(end) if name in LISTS else rest.index("\n\n") + 1
    return before + begin + {**LISTS, **TABLES}[name]() + rest[old_end:]


if __name__ == "__main__":
    for file in [*LISTS, *TABLES]:
        (ROOT / file).write_text(written(file), "utf-8")
