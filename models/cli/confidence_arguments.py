"""The words of the command line that say which answers are confident."""

import argparse


def add_wanted(parser: argparse._ActionsContainer) -> None:
    """Adds what confident answers are to reach, and whether a model is calibrated."""
    parser.add_argument(
        "--precision",
        type=float,
        metavar="P",
        help="share of the confident answers of each class that is to be right (default: 0.95)",
    )
    parser.add_argument(
        "--recall",
        type=float,
        metavar="R",
        help="in place of --precision: share of each class's clips that is to be recognized "
        "with confidence",
    )
    parser.add_argument(
        "--no-calibration",
        dest="calibrate",
        action="store_false",
        help="leave probabilities as the model gives them, and scores without intervals",
    )


def add_min_confidence(
    parser: argparse._ActionsContainer,
    text: str,
    default: str = " (default: the threshold of each class)",
) -> None:
    """Adds the one threshold in place of those of the classes."""
    parser.add_argument(
        "--min-confidence",
        type=float,
        metavar="X",
        help=f"{text}{default}",
    )
