"""The plots of the report, each an inline SVG without links, ids of its own or fixed size."""

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

# Five that stay apart in print and for most colour-blind readers (Okabe and Ito, 2008).
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56606b")
_WIDTH = 4.8  # inches: text keeps its size in a column of some 460 pixels
_MOST_NAMED = 12
# Column names of the feature path say a band's middle: mel_26_2766hz_mean.
_BAND = re.compile(r"mel_\d+_(?P<hz>\d+)hz_(?P<rest>\w+)")


def figure(width: float = _WIDTH, height: float = 3.4) -> Any:
    """Returns an empty matplotlib figure in inches, without touching pyplot or a display.

    Raises:
        ImportError: If matplotlib is missing; names the extra.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib. Run: pip install 'kapre-like[report]'"
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def to_svg(drawn: Any, words: str) -> str:
    """Returns a figure as an `<svg>` element that fills its box; `words` say what it shows."""
    import matplotlib

    buffer = io.StringIO()
    # Text stays text (it can be read aloud and searched); ids depend on the content alone.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "kapre-like"}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    # Ids of groups repeat from figure to figure; nothing refers to them.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    safe = words.replace("&", "and").replace('"', "'").replace("<", "")
    return svg.replace("<svg", f'<svg role="img" aria-label="{safe}"', 1)


def cost(result: dict[str, Any], cost_of: Any, label: str) -> Any:
    """The main metric with its interval against a cost on a log axis, one point per model."""
    drawn = figure()
    axes = drawn.subplots()
    metric, task = result["advice"]["metric"], result["task"]
    scale = 100.0 if task == "classify" else 1.0
    for color, (name, model) in zip(colors(), result["models"].items(), strict=False):
        value = model["metrics"][metric]
        if value is None:
            continue
        low, high = model["intervals"][metric]
        bar = [[scale * max(0.0, value - low)], [scale * max(0.0, high - value)]]
        x, y = cost_of(model), scale * value
        axes.errorbar([x], [y], yerr=bar, fmt="o", color=color, capsize=4, label=name)
    axes.set_xscale("log")
    axes.margins(x=0.35)
    axes.set_xlabel(label)
    axes.set_ylabel("balanced accuracy (%)" if task == "classify" else "Pearson's r")
    axes.grid(alpha=0.3, which="both")
    axes.legend(loc="best")
    _plain_log_ticks(axes)
    return drawn


def confusion(counts: list[list[int]], names: list[str]) -> Any:
    """Counts as rows of true and columns of predicted labels, shaded by share of the row."""
    counts = np.array(counts)
    side = min(7.5, max(3.4, 0.42 * len(names) + 1.6))
    drawn = figure(side + 0.6, side)
    axes = drawn.subplots()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    size = 9 if len(names) <= _MOST_NAMED else 6
    turned = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(len(names)), names, rotation=turned, fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    for row, column in zip(*np.nonzero(counts), strict=True):
        color = "white" if share[row, column] > 0.55 else "#222222"
        text = str(counts[row, column])
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    return drawn


def scatter(truth: list[float], predicted: list[float], color: str) -> Any:
    """Predicted against true scores, with the line of equality."""
    drawn = figure(_WIDTH, 4.4)
    axes = drawn.subplots()
    axes.plot(truth, predicted, "o", markersize=3.5, alpha=0.45, color=color, markeredgewidth=0)
    ends = [min(*truth, *predicted), max(*truth, *predicted)]
    axes.plot(ends, ends, color="#444444", linewidth=1, linestyle="--", label="equal")
    axes.set_xlabel("true score")
    axes.set_ylabel("predicted score")
    axes.legend(loc="upper left")
    axes.grid(alpha=0.3)
    return drawn


def learning(histories: list[dict[str, list[float]]]) -> Any | None:
    """Loss, and accuracy where there is one, by epoch or tree; a thin line per fold."""
    losses = [key for key in ("train_loss", "valid_loss") if histories[0].get(key)]
    others = [key for key in ("train_accuracy", "valid_accuracy") if histories[0].get(key)]
    panels = [keys for keys in (losses, others) if keys]
    if not panels:
        return None
    drawn = figure(_WIDTH, 2.6 * len(panels))
    for axes, keys in zip(np.atleast_1d(drawn.subplots(len(panels), 1)), panels, strict=True):
        for key, color in zip(keys, COLORS, strict=False):
            for index, history in enumerate(histories):
                values = history.get(key, [])
                axes.plot(
                    range(1, len(values) + 1),
                    values,
                    color=color,
                    linewidth=1.6 if len(histories) == 1 else 0.9,
                    label=key.replace("_", " ") if index == 0 else None,
                    marker="o" if len(values) == 1 else None,
                )
        axes.set_ylabel(keys[0].rpartition("_")[2])
        axes.grid(alpha=0.3)
        axes.legend(loc="best", fontsize=9)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("epoch or tree")
    return drawn


def importances(items: list[tuple[str, float]]) -> Any:
    """Bars, the most important feature on top."""
    drawn = figure(_WIDTH + 0.6, max(2.0, 0.28 * len(items) + 0.9))
    axes = drawn.subplots()
    names = [feature_words(name) for name, _ in reversed(items)]
    values = [value for _, value in reversed(items)]
    axes.barh(range(len(names)), values, color=COLORS[0])
    axes.set_yticks(range(len(names)), names, fontsize=9)
    axes.set_xlabel("importance")
    axes.margins(y=0.01)
    axes.grid(alpha=0.3, axis="x")
    return drawn


def bands(items: list[tuple[str, float]]) -> Any | None:
    """Importance summed over all statistics of a mel band, by the band's middle in Hz."""
    total: dict[int, float] = {}
    for name, value in items:
        found = _BAND.fullmatch(name)
        if found:
            total[int(found["hz"])] = total.get(int(found["hz"]), 0.0) + value
    if len(total) < 2:
        return None
    drawn = figure()
    axes = drawn.subplots()
    hz = sorted(total)
    # Each bar reaches half way to its neighbours.
    edges = np.array([0, *((a + b) / 2 for a, b in itertools.pairwise(hz)), hz[-1]], float)
    edges[-1] += hz[-1] - edges[-2]
    axes.stairs([total[middle] for middle in hz], edges, fill=True, color=COLORS[0])
    axes.set_xscale("symlog", linthresh=1000)
    axes.set_xlim(0, edges[-1])
    ticks = [tick for tick in (0, 250, 500, 1000, 2000, 4000, 8000, 16000) if tick <= edges[-1]]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("frequency of the mel band (Hz)")
    axes.set_ylabel("importance, all statistics")
    return drawn


def feature_words(name: str) -> str:
    """A feature's name for people: `mel_26_2766hz_mean` is `band at 2766 Hz: mean`."""
    found = _BAND.fullmatch(name)
    if found:
        return f"band at {found['hz']} Hz: {found['rest'].replace('_', ' ')}"
    return name.replace("_", " ")


def spectrogram(waveform: np.ndarray, sample_rate: int) -> Any:
    """The log-mel picture of a clip."""
    from kapre_like.models.experiment.logmel import draw, log_mel

    drawn = figure()
    draw(drawn.subplots(), log_mel(waveform, sample_rate))
    return drawn


def colors() -> Iterator[str]:
    """The colours of models, in order and without end."""
    return itertools.cycle(COLORS)


def _plain_log_ticks(axes: Any) -> None:
    """0.5, 1, 20 in place of powers of ten: costs are read by people."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high / low > 10 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=8))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
