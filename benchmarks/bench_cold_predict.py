"""Is a cold start of `kapre-like predict` with CatBoost faster than importing TensorFlow?

    python benchmarks/bench_cold_predict.py DIR FILE FILE FILE FILE FILE --out RESULTS.jsonl

DIR is a folder that `kapre-like train --model boosted` wrote. Each measurement is a whole
process, from the start of the interpreter to its end. The commands take turns. Each prediction
must print one line per file.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from harness import report, summary


def timed(command: list[str]) -> tuple[float, str]:
    """Returns the milliseconds of a whole process and its output."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return 1e3 * (time.perf_counter() - start), done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", nargs="?", help="folder of a boosted model")
    parser.add_argument("files", nargs="*", help="recordings")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--quick", action="store_true", help="smoke test: train on the shipped corpus"
    )
    parser.add_argument("--out", help="append the JSON line to this file")
    arguments = parser.parse_args()
    program = str(Path(sys.executable).with_name("kapre-like"))
    if arguments.quick:
        quick_model(program, arguments)
    rivals = {
        "kapre-like predict, boosted": [program, "predict", arguments.model, *arguments.files],
        "python -c 'import tensorflow'": [sys.executable, "-c", "import tensorflow"],
    }
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for number in range(arguments.rounds + 1):
        for name, command in rivals.items():
            milliseconds, printed = timed(command)
            if "predict" in name and len(printed.splitlines()) != len(arguments.files):
                raise SystemExit(f"{name} printed {printed!r}")
            if number:  # not the first round, which fills the disk cache
                times[name].append(milliseconds)
    setting = {"files": len(arguments.files), "rounds": arguments.rounds}
    results = {name: summary(values) for name, values in times.items()}
    report("cold start", results, out=arguments.out, **setting)


def quick_model(program: str, arguments: argparse.Namespace) -> None:
    """Trains a small model on the shipped corpus, for a smoke test."""
    corpus = Path(__file__).resolve().parents[1] / "examples" / "data" / "spoken_digits"
    arguments.model, arguments.rounds = "build/quick_boosted", 2
    arguments.files = [str(path) for path in sorted(corpus.glob("clips/*/*.flac"))[:5]]
    train = ["train", str(corpus / "manifest.csv"), "--model", "boosted"]
    few = ["--set", "max_trees=5", "--overwrite"]
    subprocess.run([program, *train, *few, "--out", arguments.model], check=True)


if __name__ == "__main__":
    main()
