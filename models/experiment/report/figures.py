"""Figures of the report: size, colors, and SVG that follows the color scheme of the page.

A figure is drawn in matplotlib's default colors and in `COLORS`. `to_svg` replaces each of them
by a variable of the style sheet, so that pictures follow the light and dark mode of the page.
"""

import io
import itertools
import re
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np

# Five colors that differ in print and for most color-blind readers (after Okabe and Ito, 2008),
# each with a contrast of at least 3 on white.
COLORS = ("#0072b2", "#c65100", "#00825f", "#a64d79", "#56606b")
MARKS = ("o", "s", "^", "D", "v")
QUIET = "#808080"
_WIDTH = 4.1  # inches; text keeps its size in a column of about 400 pixels
# Colors of a figure, and the variables of the style sheet that replace them.
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
    """Returns an empty matplotlib figure, sizes in inches. Needs neither pyplot nor a display.

    Raises:
        ImportError: If matplotlib is missing. The message names the extra.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib. Run: pip install 'kapre-like[report]'"
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def to_svg(drawn: Any, words: str) -> str:
    """Returns a figure as an `<svg>` element of full width; `words` is its alternative text."""
    import matplotlib

    buffer = io.StringIO()
    # Text stays text, for screen readers and search. Ids depend on the content only.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "kapre-like"}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # Rules of an inline style sheet would apply to every figure of the page.
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    # Ids of groups repeat between figures, and nothing refers to them.
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"font: ([^;\"]*?)'[^;\"]*(?=[;\"])", r"font: \1sans-serif", svg)
    # Ids of markers and clip paths depend on their content, which other figures may share.
    own = f"{zlib.crc32(f'{words}{svg}'.encode()):08x}"
    svg = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>f{own}-", svg)
    svg = _COLOR.sub(lambda found: _VARIABLES[found[0]], svg)
    safe = words.replace("&", "and").replace('"', "'").replace("<", "")
    return svg.replace("<svg", f'<svg role="img" aria-label="{safe}"', 1)


def colors() -> Iterator[str]:
    """Returns the colors of models as an endless iterator."""
    return itertools.cycle(COLORS)


def looks() -> Iterator[tuple[str, str]]:
    """Returns pairs of color and marker, so that models differ by more than color."""
    return zip(itertools.cycle(COLORS), itertools.cycle(MARKS), strict=False)


def lines() -> Iterator[tuple[str, str]]:
    """Returns pairs of color and line style, for curves without markers."""
    return zip(itertools.cycle(COLORS), itertools.cycle(("-", "--", "-.", ":")), strict=False)


def grid(axes: Any, axis: str = "both") -> None:
    """Draws thin grid lines below the data, and hides the top and right spines."""
    axes.grid(axis=axis, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def plain_log_ticks(axes: Any) -> None:
    """Writes plain numbers (0.5, 1, 20) at the ticks of a log axis, not powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high / low > 10 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def spectrogram(waveform: np.ndarray, sample_rate: int) -> Any:
    """Returns a figure with the log-mel spectrogram of a clip."""
    from kapre_like.models.experiment.logmel import draw, log_mel

    drawn = figure()
    draw(drawn.subplots(), log_mel(waveform, sample_rate))
    return drawn
