"""How the pictures of the report are drawn: size, colors, and SVG that follows the page.

A figure is drawn in matplotlib's own colors and in `COLORS`. In the page each of them becomes
a variable of its style sheet, so that a picture is as light or dark as the page.
"""

import io
import itertools
import re
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

# Five that stay apart in print and for most color-blind readers (after Okabe and Ito, 2008),
# each with a contrast of 3 and more on white.
COLORS = ("#0072b2", "#c65100", "#00825f", "#a64d79", "#56606b")
MARKS = ("o", "s", "^", "D", "v")
QUIET = "#808080"
_WIDTH = 4.1  # inches: text keeps its size in a column of some 400 pixels
# What a figure is drawn in, and what the page calls it.
_VARIABLES = {
    "#000000": "var(--ink)",
    "#ffffff": "var(--paper)",
    "#b0b0b0": "var(--line)",
    "#cccccc": "var(--line)",
    QUIET: "var(--quiet)",
    **{color: f"var(--c{number})" for number, color in enumerate(COLORS)},
}
_COLOR = re.compile("|".join(_VARIABLES))


def figure(width: float = _WIDTH, height: float = 3.1) -> Any:
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
    # Its rule for lines would be one for every line of the page.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    # Ids of groups repeat from figure to figure; nothing refers to them.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font: ([^;\"]*?)'[^;\"]*(?=[;\"])", r"font: \1sans-serif", svg)
    # The ids of marks and clips depend on their content, which other figures may share.
    own = f"{zlib.crc32(f'{words}{svg}'.encode()):08x}"
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>f{own}-", svg)
    svg = _COLOR.sub(lambda found: _VARIABLES[found[0]], svg)
    safe = words.replace("&", "and").replace('"', "'").replace("<", "")
    return svg.replace("<svg", f'<svg role="img" aria-label="{safe}"', 1)


def colors() -> Iterator[str]:
    """The colors of models, in order and without end."""
    return itertools.cycle(COLORS)


def looks() -> Iterator[tuple[str, str]]:
    """Colors with marks, so that no color alone tells one model from another."""
    return zip(itertools.cycle(COLORS), itertools.cycle(MARKS), strict=False)


def lines() -> Iterator[tuple[str, str]]:
    """Colors with styles of lines, for curves without marks."""
    return zip(itertools.cycle(COLORS), itertools.cycle(("-", "--", "-.", ":")), strict=False)


def grid(axes: Any, axis: str = "both") -> None:
    """Draws faint lines at the ticks, below everything else."""
    axes.grid(axis=axis, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plain_log_ticks(axes: Any) -> None:
    """0.5, 1, 20 in place of powers of ten: costs are read by people."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high / low > 10 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def spectrogram(waveform: np.ndarray, sample_rate: int) -> Any:
    """The log-mel picture of a clip."""
    from kapre_like.models.experiment.logmel import draw, log_mel

    drawn = figure()
    draw(drawn.subplots(), log_mel(waveform, sample_rate))
    return drawn
