"""Runs a worker process: passes the task, forwards its log lines, and returns its result."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kapre_like.models.artifact.progress import Forwarded
from kapre_like.models.experiment.clip_rows import to_json
from kapre_like.models.experiment.clips import Log
from kapre_like.models.experiment.splitting import Stage


def launch(
    alias: str,
    stage: Stage,
    recipe: dict[str, Any],
    out: Path,
    log: Log,
    *,
    measure: bool = True,
    other_sounds: str | None = None,
) -> dict[str, Any]:
    """Trains and measures one model in a process of its own; see `worker.run`.

    Args:
        alias: Name of the model in error messages.
        stage: The clips to train and to test on.
        recipe: As in `recipe.json`.
        out: The folder to write the model to.
        log: Called with each line that the worker prints.
        measure: Whether to measure time and memory of predictions.
        other_sounds: A folder of sounds that belong to no class; see `out_of_set`.

    Raises:
        ValueError: If the worker reports an error that the user can fix.
        ChildProcessError: If the worker ended without a result. The message contains the last
            line of its stderr.
    """
    with tempfile.TemporaryDirectory(prefix="kapre-like-") as folder:
        result = Path(folder) / "result.json"
        task = Path(folder) / "task.json"
        values = {
            "recipe": recipe,
            **{name: to_json(getattr(stage, name)) for name in stage._fields[1:]},
            "out": str(out),
            "result": str(result),
            "measure": measure,
            "other_sounds": other_sounds,
        }
        task.write_text(json.dumps(values), "utf-8")
        with (Path(folder) / "stderr.txt").open(
            "w+", encoding="utf-8", errors="replace"
        ) as stderr:
            code = _run(task, stderr, log)
            stderr.seek(0)
            last = [line.strip() for line in stderr if line.strip()][-1:]
        if not result.exists():
            raise ChildProcessError(_failure(alias, code, last))
        found = json.loads(result.read_text("utf-8"))
    if "error" in found:
        raise ValueError(f"{alias}: {found['error']}")
    return found


def _run(task: Path, stderr: Any, log: Log) -> int:
    # -P: the current folder must not shadow the installed package.
    command = [sys.executable, "-P", "-m", "kapre_like.models.experiment.worker", str(task)]
    # The worker must be able to import the same families as this process.
    places = os.pathsep.join(place for place in sys.path if place)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,  # closed by the system if this process is killed
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": places},
    )
    try:
        forward = Forwarded(log)
        for line in process.stdout:
            forward(line.rstrip("\n"))
        return process.wait()
    finally:
        # Leaves no process behind, also after an interrupt.
        if process.poll() is None:
            process.terminate()
            process.wait()
        process.stdin.close()
        process.stdout.close()


def _failure(alias: str, code: int, last: list[str]) -> str:
    reason = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
    hint = " Memory may be too small; try shorter clips with --seconds." if code == -9 else ""
    line = f" Its last line: {last[0]}" if last else ""
    return f"{alias}: the process that trained it {reason}.{line}{hint}"
