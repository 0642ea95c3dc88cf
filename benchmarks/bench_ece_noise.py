"""How large is the calibration error of clips that are perfectly calibrated?

    python benchmarks/bench_ece_noise.py --out benchmarks/results/ece_noise.jsonl

Confidences are random. Each answer is right with a probability equal to its confidence, so the
true calibration error is 0. The error that is computed from a few clips is noise.
"""

import argparse
from pathlib import Path

import numpy as np
from harness import report

from kapre_like.models.experiment.probability_metrics import BINS, ece


def drawn(n_clips, seed):
    """Returns the calibration error of one simulation."""
    rng = np.random.default_rng([n_clips, seed])
    confidence = rng.uniform(0.2, 1.0, n_clips)
    right = (rng.random(n_clips) < confidence).astype(float)
    return ece(confidence, right)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[150, 600, 3000])
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="append JSON lines (default: print)")
    options = parser.parse_args()
    if options.quick:
        options.simulations = 2
    for n_clips in options.clips:
        values = [drawn(n_clips, seed) for seed in range(options.simulations)]
        results = {
            "mean_percent": float(100 * np.mean(values)),
            "p5_percent": float(100 * np.percentile(values, 5)),
            "p95_percent": float(100 * np.percentile(values, 95)),
        }
        facts = {"clips": n_clips, "simulations": options.simulations, "bins": BINS}
        report(
            "calibration error of perfectly calibrated clips", results, out=options.out, **facts
        )


if __name__ == "__main__":
    main()
