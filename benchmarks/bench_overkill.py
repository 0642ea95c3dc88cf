"""When is the network overkill? One comparison, kept as one line.

    python benchmarks/bench_overkill.py DATA --folds leave-one-group-out --out RESULTS.jsonl

Every word but `--out` and `--quick` goes to `kapre-like compare`, which trains the families in
turn, each in a process of its own; its report is written to a temporary folder unless
`--report DIR` names one. `docs/measured.md` quotes these lines.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from harness import report

from kapre_like.models.cli.main import main as kapre_like


def row(model: dict) -> dict:
    """What a table quotes of one family."""
    latency = model["latency_ms"]
    figures = {
        "metrics": model["metrics"],
        "intervals": model["intervals"],
        "spread": model["spread"],
        "folds": {fold["name"]: fold for fold in model["folds"]},
        "seconds_train": model["seconds_train"],
        "compute_ms_batch_1": latency["batch_1"]["compute_ms"],
        "compute_ms_batch_32": latency["batch_32"]["compute_ms"],
        "read_ms_batch_1": latency["batch_1"]["read_ms"],
        "peak_memory_mb": model["peak_memory_mb"],
        "model_mb": model["model_bytes"] / 1e6,
        "parameters": model["n_parameters"],
    }
    return rounded(figures)


def rounded(value):
    """Four decimals are more than any of these figures has."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def main() -> int:
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--quick", action="store_true", help="the shipped corpus, one epoch")
    own.add_argument("--out", help="append the JSON line to this file")
    own.add_argument("--report", help="folder for the report and the models")
    arguments, words = own.parse_known_args()
    if arguments.quick:
        corpus = Path(__file__).resolve().parents[1] / "examples" / "data" / "spoken_digits"
        words = [str(corpus / "manifest.csv"), "--models", "boosted,vgg"]
        words += ["--epochs", "1", "--set", "max_trees=5"]
    with tempfile.TemporaryDirectory() as folder:
        folder = arguments.report or folder
        code = kapre_like(["compare", *words, "--out", folder])
        if code:
            return code
        done = json.loads((Path(folder) / "compare.json").read_text("utf-8"))
    results = {name: row(model) for name, model in done["models"].items()}
    results["advice"] = done["advice"]["text"]
    results["verdict"] = done["advice"]["verdict"]
    results["cascades"] = [cascade["text"] for cascade in done["cascades"]]
    setting = {"task": done["task"], **done["settings"], "data": done["data"]["clips"]}
    setting["hours"] = round(done["data"]["hours"], 3)
    report("when is the network overkill", results, out=arguments.out, **setting)
    return 0


if __name__ == "__main__":
    sys.exit(main())
