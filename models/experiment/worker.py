"""Trains and measures one model of a comparison in a process of its own.

`python -m kapre_like.models.experiment.worker TASK.json` reads the task from that file, and
writes the result to the file that the task names. With one model per process, the peak memory
is that of the model, and the parent process does not import TensorFlow. Progress is written to
stdout.
"""

import json
import os
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.machine import peak_memory_mb
from kapre_like.models.artifact.progress import Piped
from kapre_like.models.artifact.recipe import write_json
from kapre_like.models.experiment.clip_rows import from_json


def run(task: dict[str, Any], log: Any) -> dict[str, Any]:
    """Trains, tests and measures one model.

    Args:
        task: `recipe`, `train`, `valid`, `test` (tables as JSON), `out` (folder), and
            optionally `measure` (whether to measure predictions) and `other_sounds` (a folder).
        log: Called with one line at a time.

    Returns:
        `output` (probabilities, scores or texts of the test clips), `raw_output` (before the
        calibration), `seconds_train`, `seconds_features`, `joules_train`, the entries of
        `latency.measure`, `peak_memory_mb`, `model_bytes`, `n_parameters`, `history`,
        `importances`, `class_names`, `settings`, `held_out` (see `HeldOut`), `calibration`,
        `other` (see `out_of_set`, with clips of the median duration of the test clips; `None`
        for scores and without a calibration); for texts `lattice` and `seconds_per_clip`, the
        mean duration of the test clips.
    """
    from kapre_like.models.artifact.calibration import Calibration
    from kapre_like.models.artifact.registry import family
    from kapre_like.models.experiment.energy import Meter
    from kapre_like.models.experiment.latency import measure
    from kapre_like.models.experiment.predict import predict_table
    from kapre_like.models.experiment.train import fit

    out, test = Path(task["out"]), from_json(task["test"])
    cls = family(task["recipe"]["family"])
    for module in (*cls.needs, *cls.keras_modules):
        import_module(module)  # not training time
    meter, began = Meter(), time.perf_counter()
    model = fit(
        from_json(task["train"]),
        from_json(task["valid"]),
        recipe=task["recipe"],
        out=out,
        log=log,
    )
    seconds, joules = time.perf_counter() - began, meter.joules()
    log(f"testing {model.recipe['family']} on {len(test)} clips")
    raw = predict_table(model, test, calibrated=False, log=log)
    calibration = Calibration.from_json(model.recipe.get("calibration"))
    return {
        "family": task["recipe"]["family"],
        "output": raw if calibration is None else calibration.apply(raw),
        "raw_output": raw,
        "seconds_train": seconds,
        "seconds_features": model.seconds_features,
        "joules_train": joules,
        "peak_memory_mb": peak_memory_mb(),
        **(measure(model, test) if task.get("measure", True) else {}),
        "model_bytes": sum((out / name).stat().st_size for name in model.model_files()),
        "n_parameters": model.n_parameters,
        "history": model.history,
        "importances": list(model.importances),
        "class_names": model.recipe["class_names"],
        "settings": model.recipe["settings"],
        "held_out": model.held_out and model.held_out._asdict(),
        "calibration": model.recipe.get("calibration"),
        "other": _other(model, test, task) if task.get("measure", True) else None,
        **_of_text(model, test),
    }


def _of_text(model: Any, test: Any) -> dict[str, Any]:
    """Returns the token probabilities of a network for text, and the mean clip duration."""
    if model.recipe["task"] != "transcribe":
        return {}
    from kapre_like.models.experiment.lattice import lattice

    return {"lattice": lattice(model, test), "seconds_per_clip": test["duration_s"].mean()}


def _other(model: Any, test: Any, task: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the false alarms of the model on sounds that belong to no class."""
    from kapre_like.models.artifact.predictor import Predictor
    from kapre_like.models.experiment.out_of_set import out_of_set

    seconds = float(test["duration_s"].median())
    return out_of_set(Predictor(model), seconds, other_sounds=task.get("other_sounds"))


def main(path: str) -> int:
    """Runs the task in a file. If an error can be fixed by the user, it is the result."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from kapre_like.models.experiment.metrics import for_json

    task = json.loads(Path(path).read_text("utf-8"))

    try:
        result = for_json(run(task, Piped()))
    except (ValueError, OSError, ImportError) as error:
        result = {"error": str(error) or type(error).__name__}
    write_json(Path(task["result"]), result)
    return 0


def end_with_parent() -> None:
    """Ends this process when its parent is killed, because a restart trains in the same folder.

    The parent never writes to stdin. So reading returns when the parent's end is closed.
    """

    def watch() -> None:
        os.read(0, 1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    end_with_parent()
    sys.exit(main(sys.argv[1]))
