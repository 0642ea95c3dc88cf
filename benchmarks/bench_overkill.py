"""When is the network overkill?

    python benchmarks/bench_overkill.py DATA --folds leave-one-group-out --out RESULTS.jsonl

All arguments except `--out`, `--report` and `--quick` go to `kapre-like compare`, which trains
the families in turn, each in its own process. It writes its report to `--report DIR`, or to a
temporary folder. The result is one line, which `docs/measured.md` quotes.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from harness import report

from kapre_like.models.cli.main import main as kapre_like


def row(model: dict) -> dict:
    """Returns the figures of one family that a table quotes."""
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
    """Rounds to four decimals, which is more than the precision of these figures."""
    if isinstance(value, dict):
        return {name: rounded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return round(value, 4) if isinstance(value, float) else value


def main() -> int:
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument(
        "--quick", action="store_true", help="smoke test: the shipped corpus, one epoch"
    )
    own.add_argument("--out", help="append the JSON line to this file")
    own.add_argument("--report", help="folder for the report and the models")
    arguments, others = own.parse_known_args()
    if arguments.quick:
        corpus = Path(__file__).resolve().parents[1] / "examples" / "data" / "spoken_digits"
        others = [str(corpus / "manifest.csv"), "--models", "boosted,vgg"]
        others += ["--epochs", "1", "--set", "max_trees=5"]
    with tempfile.TemporaryDirectory() as folder:
        folder = arguments.report or folder
        code = kapre_like(["compare", *others, "--out", folder])
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
