"""Makes the page of a layer from its docstring, its example and the code's own tables."""

import inspect
from pathlib import Path

import keras
from docstring_sections import Docstring, read_docstring
from layer_examples import RECORDING, Run, layer_class

from kapre_like import augment, layers
from kapre_like._layer_table import ROWS
from kapre_like.streaming import stages

DOCS = Path(__file__).resolve().parents[1]
_PLACES = (
    (stages.SAMPLES, "before the layer that cuts the waveform into frames"),
    (stages.FRAMING, "as the layer that cuts the waveform into frames"),
    (stages.FRAMES, "after the layer that cuts the waveform into frames"),
)


def layer_page(name: str, run: Run, picture: str) -> str:
    """Returns the Markdown page of a layer.

    Args:
        name: The layer.
        run: Its example.
        picture: File name of the picture of the example, in the folder of the page.

    Raises:
        ValueError: If the docstring has no formula for the layer's output.
    """
    about = read_docstring(layer_class(name))
    if not about.defines_output():
        raise ValueError(
            f"{name}: the docstring must have a formula for the output `y` between its summary "
            f"and its arguments. Received: {about.formulas()}. Write one such as `y = 2 * x`."
        )
    parts = [
        f"# {name}",
        about.summary,
        _signature(name),
        about.text,
        _section("Formula", _code("text", "\n".join(about.formulas()))),
        _section("Arguments", _arguments(name, about)),
        _section("Shapes", _shapes(name, about, run)),
        _section("On a recording", _recording(name, picture)),
        *(_section(heading, _entries(about, heading)) for heading in ("Weights", "Raises")),
        _section("Example", _code("pycon", about.sections.get("Example", ""))),
        _section("Trainable", trainable_facts(about, run.layer)),
        _section("Export", export_facts(name)),
        _section("Streaming", streaming_facts(name)),
        _section("Source", about.sections.get("Source", "")),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def trainable_facts(about: Docstring, layer: keras.layers.Layer) -> str:
    """Returns which arguments make weights trainable, and the trainable weights of a layer."""
    if isinstance(getattr(layer, "layers", None), list):
        return "The trainable weights are those of the layers inside."
    switches = [name for name, _ in about.entries("Args") if name.startswith("learn")]
    names = [f"`{weight.name}`" for weight in layer.trainable_weights]
    if not switches and not names:
        return "The layer has no trainable weights."
    asked = " and ".join(f"`{name}`" for name in switches)
    found = f"The layer in the picture above has {', '.join(names) if names else 'none'}."
    if not switches:
        return f"The weights are always trainable. {found}"
    verb = "selects" if len(switches) == 1 else "select"
    return f"{asked} {verb} the constants that become trainable weights. {found}"


def export_facts(name: str) -> str:
    """Returns the rows of `docs/export.md` for a layer, which a test checks against exports."""
    page = (DOCS / "export.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith(f"| `{name}` |")]
    if rows:
        head = next(line for line in page.splitlines() if line.startswith("| layer |"))
        return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *rows])
    if name in augment.LAYERS:
        return (
            "The layer changes its input in training only. At inference, and in exported "
            "files, it returns the input."
        )
    return (
        "[What exports where](../export.md) has no row for this layer alone. The models there "
        "that accept clips of different lengths contain it."
    )


def streaming_facts(name: str) -> str:
    """Returns where `kapre_like.Streaming` accepts a layer, and with which arguments."""
    places = [words for names, words in _PLACES if name in names]
    if places:
        accepted = f"`kapre_like.Streaming` accepts this layer {', or '.join(places)}."
        return f"{accepted} {streaming_condition(name)}".strip()
    if name == "Chain":
        return "A `Chain` streams if all its layers do."
    return "`kapre_like.Streaming` does not accept this layer."


def streaming_condition(name: str) -> str:
    """Returns which arguments a layer needs to stream; nothing if it streams with any."""
    arguments = inspect.signature(layer_class(name)).parameters
    if name == "FrontEndNormalization":
        return 'Set `mode="dataset"`; `Streaming` does not accept the other modes.'
    if "top_db" not in arguments:
        return ""
    if_decibel = "With `decibel=True`, set" if "decibel" in arguments else "Set"
    return (
        f"{if_decibel} `top_db=None` and a number as `ref`, because the peak of a clip is not "
        "known before its end."
    )


def _section(heading: str, body: str) -> str:
    return f"## {heading}\n\n{body}" if body else ""


def _code(language: str, body: str) -> str:
    return f"```{language}\n{body}\n```" if body else ""


def _signature(name: str) -> str:
    """Returns the call of a layer with all arguments and their defaults."""
    where = "kapre_like" if name in layers.__all__ else "kapre_like.augment"
    given = [
        str(parameter)
        for parameter in inspect.signature(layer_class(name)).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]
    inside = "".join(f"    {argument},\n" for argument in given)
    return _code("python", f"{where}.{name}(\n{inside})" if given else f"{where}.{name}()")


def _arguments(name: str, about: Docstring) -> str:
    known = inspect.signature(layer_class(name)).parameters
    lines = []
    for argument, meaning in about.entries("Args"):
        default = getattr(known.get(argument.strip("*")), "default", inspect.Parameter.empty)
        shown = "" if default is inspect.Parameter.empty else f" Default: `{default!r}`."
        lines.append(f"- `{argument}`: {meaning}{shown}")
    return "\n".join(lines)


def _entries(about: Docstring, heading: str) -> str:
    return "\n".join(f"- {name}: {meaning}" for name, meaning in about.entries(heading))


def _shapes(name: str, about: Docstring, run: Run) -> str:
    given, result = (tuple(int(n) for n in x.shape) for x in (run.given, run.result))
    chain = ROWS[name].after
    return "\n\n".join(
        [
            f"Input: {about.sections['Input shape']}",
            f"Output: {about.sections['Output shape']}",
            f"In the example below, the input `{given}` gives the output `{result}` of "
            f"`{run.result.dtype}`."
            + (" The input is a pair of clips; one is shown." if chain == "pair" else ""),
        ]
    )


def _recording(name: str, picture: str) -> str:
    where = "kapre_like" if name in layers.__all__ else "kapre_like.augment"
    words = ", ".join(f"{key}={_word(value)}" for key, value in _shown(name).items())
    mode = " with `training=True`" if name in augment.LAYERS else ""
    return (
        f"`{where}.{name}({words})`{mode}, on `{RECORDING}` (16 kHz, the word *seven*).\n\n"
        f"![The input and the output of {name}]({picture})"
    )


def _shown(name: str) -> dict:
    """Returns the arguments of an example, without the samples of a bank of recordings."""
    arguments = dict(ROWS[name].example)
    if "bank" in arguments:
        arguments["bank"] = "a response with two echoes"
    return arguments


def _word(value) -> str:
    """Returns an argument as Python code, and a layer as its call."""
    if isinstance(value, list):
        return f"[{', '.join(_word(part) for part in value)}]"
    if isinstance(value, tuple):
        name, arguments = value
        return f"{name}({', '.join(f'{k}={v!r}' for k, v in arguments.items())})"
    return repr(value)
