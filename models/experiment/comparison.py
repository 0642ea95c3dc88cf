"""The result of a comparison: a dict that a notebook shows as tables, and a plot."""

import html
from typing import TYPE_CHECKING, Any

from kapre_like.models.experiment import tables

if TYPE_CHECKING:
    import pandas as pd


class Comparison(dict):
    """The result of `compare`, with the values of `compare.json`.

    A notebook shows the advice and two tables.

    Example:
        >>> result = Comparison(advice={"text": "Use boosted."})
        >>> result["advice"]["text"]
        'Use boosted.'
    """

    def to_frame(self) -> "pd.DataFrame":
        """Returns a table with one row per model and per baseline.

        Columns are `kind` (`"model"` or `"baseline"`), `recommended`, each metric `NAME` with
        the ends of its 95 % interval (`NAME_low`, `NAME_high`), and costs: `seconds_read`,
        `seconds_features`, `seconds_train`, `compute_ms` (mean per clip), `compute_p99_ms`,
        `clips_per_second`, `peak_memory_mb`, `model_bytes`, `n_parameters`. Unknown values are
        NaN.
        """
        import pandas as pd

        rows = {name: self._model(name, entry) for name, entry in self["models"].items()}
        for name, entry in (self.get("baselines") or {}).items():
            rows[name] = {"kind": "baseline", "recommended": False, **self._metrics(entry)}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")

    def plot(self) -> Any:
        """Returns a matplotlib figure: the main metric against the time to compute a clip.

        Raises:
            ImportError: If matplotlib is missing. The message names the extra.
        """
        from kapre_like.models.experiment.report.cost_figures import against_computing

        return against_computing(self)

    def _model(self, name: str, entry: dict[str, Any]) -> dict[str, Any]:
        batch = entry["latency_ms"]["batch_1"]
        return {
            "kind": "model",
            "recommended": name == self["advice"].get("recommended"),
            **self._metrics(entry),
            "seconds_read": entry.get("seconds_read"),
            "seconds_features": entry.get("seconds_features"),
            "seconds_train": entry.get("seconds_train"),
            "compute_ms": tables.computing(entry),
            "compute_p99_ms": batch.get("compute_p99_ms"),
            "clips_per_second": entry.get("throughput_clips_per_s"),
            **{
                key: entry.get(key) for key in ("peak_memory_mb", "model_bytes", "n_parameters")
            },
        }

    def _metrics(self, entry: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for key in self["metrics"]:
            low, high = (entry.get("intervals") or {}).get(key) or (None, None)
            found |= {key: entry["metrics"].get(key), f"{key}_low": low, f"{key}_high": high}
        return found

    def _repr_html_(self) -> str:
        if "models" not in self:
            return f"<pre>{html.escape(repr(self))}</pre>"
        parts = [f"<p><b>{html.escape(self['advice']['text'])}</b></p>"]
        parts += [_html(table) for table in tables.comparison(self)]
        return "\n".join(parts)


def _html(table: tables.Table) -> str:
    """Returns a table as plain HTML without styles."""
    header = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in table.header)
    rows = []
    for first, *rest in table.lines():
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in rest)
        rows.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    caption = f"<caption>{html.escape(table.title)}</caption>"
    head, body = f"<thead><tr>{header}</tr></thead>", f"<tbody>{''.join(rows)}</tbody>"
    note = f"<p>{html.escape(table.note)}</p>" if table.note else ""
    return f"<table>{caption}{head}{body}</table>{note}"
