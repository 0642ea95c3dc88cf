"""Writes the official split of the Free Spoken Digit Dataset as a manifest.

    python examples/fsdd_split.py fsdd/labels.csv fsdd_official.csv

The test contains takes 0 to 4 of each speaker and digit, as in the README of the data set. The
result has no speaker column, because this split has the same speakers in training and test.
"""

import csv
import os
import sys
from pathlib import Path


def main(labels: str, out: str) -> None:
    """Copies path and label from `labels` and adds the split."""
    base = os.path.relpath(Path(labels).resolve().parent, Path(out).resolve().parent)
    with Path(labels).open(newline="") as file:
        rows = list(csv.DictReader(file))
    with Path(out).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label", "split"])
        for row in rows:
            split = "test" if int(row["take"]) < 5 else "train"
            writer.writerow([f"{base}/{row['path']}", row["label"], split])


if __name__ == "__main__":
    main(*sys.argv[1:])
