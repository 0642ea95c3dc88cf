"""Arguments that define which answers are confident."""

import argparse


def add_shares(
    parser: argparse._ActionsContainer, default: str = " (default: precision 0.95)"
) -> None:
    """Adds the target precision or recall of confident answers."""
    parser.add_argument(
        "--precision",
        type=float,
        metavar="P",
        help=f"share of the confident answers of each class that should be right{default}",
    )
    parser.add_argument(
        "--recall",
        type=float,
        metavar="R",
        help="instead of --precision: share of the clips of each class that should have a "
        "confident and right answer",
    )


def add_wanted(parser: argparse._ActionsContainer) -> None:
    """Adds the targets of confident answers, and whether a model is calibrated."""
    add_shares(parser)
    parser.add_argument(
        "--no-calibration",
        dest="calibrate",
        action="store_false",
        help="do not calibrate: leave probabilities unchanged, and scores without intervals",
    )


def add_other_sounds(parser: argparse._ActionsContainer) -> None:
    """Adds the folder of sounds that belong to no class."""
    parser.add_argument(
        "--other-sounds",
        metavar="DIR",
        help="folder of sounds of no class: counts how often a model is confident on them",
    )


def add_min_confidence(
    parser: argparse._ActionsContainer,
    text: str,
    default: str = " (default: the threshold of each class)",
) -> None:
    """Adds a single threshold that replaces those of the classes."""
    parser.add_argument(
        "--min-confidence",
        type=float,
        metavar="X",
        help=f"{text}{default}",
    )
