"""Starts workers, passes on what they say, and brings home what they found."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.clips import Log, Stage


def launch(
    alias: str, stage: Stage, recipe: dict[str, Any], out: Path, log: Log
) -> dict[str, Any]:
    """Trains and measures one model in a process of its own; see `worker.run`.

    Args:
        alias: What errors call the model.
        stage: The clips to train on and to judge by.
        recipe: As in `recipe.json`.
        out: The folder to write the model to.
        log: Called with each line that the worker says.

    Raises:
        ValueError: What went wrong in the worker, if the user can mend it.
        ChildProcessError: If the worker died, with its last words.
    """
    with tempfile.TemporaryDirectory(prefix="kapre-like-") as room:
        result = Path(room) / "result.json"
        task = Path(room) / "task.json"
        told = {
            "recipe": recipe,
            **{name: clip_tables.to_json(getattr(stage, name)) for name in stage._fields[1:]},
            "out": str(out),
            "result": str(result),
        }
        task.write_text(json.dumps(told), "utf-8")
        with (Path(room) / "stderr.txt").open(
            "w+", encoding="utf-8", errors="replace"
        ) as noise:
            code = _run(task, noise, log)
            noise.seek(0)
            last = [line.strip() for line in noise if line.strip()][-1:]
        if not result.exists():
            raise ChildProcessError(_death(alias, code, last))
        found = json.loads(result.read_text("utf-8"))
    if "error" in found:
        raise ValueError(f"{alias}: {found['error']}")
    return found


def _run(task: Path, noise: Any, log: Log) -> int:
    # -P: the folder one stands in must not shadow the installed package.
    command = [sys.executable, "-P", "-m", "kapre_like.models.experiment.worker", str(task)]
    # A family that this process can import is one that the worker can import.
    places = os.pathsep.join(place for place in sys.path if place)
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=noise,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": places},
    )
    try:
        for line in process.stdout:
            log(line.rstrip("\n"))
        return process.wait()
    finally:
        # On an interrupt, too, nobody is left behind.
        if process.poll() is None:
            process.terminate()
            process.wait()
        process.stdout.close()


def _death(alias: str, code: int, last: list[str]) -> str:
    reason = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    hint = " Is there memory enough? Try shorter clips with --seconds." if code == -9 else ""
    words = f" Its last words: {last[0]}" if last else ""
    return f"{alias}: the process that trained it {reason}.{words}{hint}"
