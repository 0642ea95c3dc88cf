"""Describes what a layer has learned: quantities in Hz or dB, now and before training."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas


class Description:
    """One row per filter or band: each quantity now, and before training.

    Args:
        now: Dict from the name of a quantity, which ends in its unit (`"center_hz"`), to one
            number per row.
        initial: The same quantities of the untrained layer.
        title: Title of the plot.

    Attributes:
        now: The argument, with float64 arrays `(rows,)`.
        initial: The argument, with float64 arrays `(rows,)`.

    Example:
        >>> print(Description({"gain_db": [3.0]}, {"gain_db": [0.0]}, "one band").table())
           gain_db  initial_gain_db
        0      3.0              0.0
    """

    def __init__(
        self, now: Mapping[str, np.ndarray], initial: Mapping[str, np.ndarray], title: str
    ):
        self.now = {name: np.asarray(values, "float64") for name, values in now.items()}
        self.initial = {name: np.asarray(v, "float64") for name, v in initial.items()}
        self.title = title

    def table(self) -> "pandas.DataFrame":
        """Returns a data frame of `now`, followed by `initial` in columns `initial_...`."""
        import pandas

        before = {f"initial_{name}": values for name, values in self.initial.items()}
        return pandas.DataFrame({**self.now, **before})

    def plot(self, path: str | Path | None = None) -> "matplotlib.figure.Figure":
        """Plots every quantity over the rows, before training and now, in its own panel.

        Args:
            path: Image file to write; `None` writes no file.

        Raises:
            ImportError: If matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError as error:
            fix = "Run: pip install 'kapre-like[report]'"
            raise ImportError(f"Description: plot() needs matplotlib. {fix}") from error
        figure = Figure(figsize=(8, 2.6 * len(self.now)), layout="constrained")
        panels = figure.subplots(len(self.now), squeeze=False)[:, 0]
        for panel, (name, values) in zip(panels, self.now.items(), strict=True):
            rows = np.arange(len(values))
            panel.plot(rows, self.initial[name], ".-", color="0.6", label="before training")
            panel.plot(rows, values, ".-", color="C0", label="now")
            quantity, _, unit = name.rpartition("_")
            panel.set_ylabel(f"{quantity.replace('_', ' ')} ({unit})" if quantity else name)
        panels[0].set_title(self.title)
        panels[0].legend()
        panels[-1].set_xlabel("filter")
        if path is not None:
            figure.savefig(path)
        return figure

    def __repr__(self) -> str:
        return f"<{self.title}: {', '.join(self.now)} of {len(next(iter(self.now.values())))}>"
