"""The words of the command line that say which answers are confident."""

import argparse


def add_shares(
    parser: argparse._ActionsContainer, default: str = " (default: precision 0.95)"
) -> None:
    """Adds what the confident answers of each class are to reach."""
    parser.add_argument(
        "--precision",
        type=float,
        metavar="P",
        help=f"share of the confident answers of each class that is to be right{default}",
    )
    parser.add_argument(
        "--recall",
        type=float,
        metavar="R",
        help="in place of --precision: share of each class's clips that is to be recognized "
        "with confidence",
    )


def add_wanted(parser: argparse._ActionsContainer) -> None:
    """Adds what confident answers are to reach, and whether a model is calibrated."""
    add_shares(parser)
    parser.add_argument(
        "--no-calibration",
        dest="calibrate",
        action="store_false",
        help="leave probabilities as the model gives them, and scores without intervals",
    )


def add_other_sounds(parser: argparse._ActionsContainer) -> None:
    """Adds a folder of sounds that belong to no class."""
    parser.add_argument(
        "--other-sounds",
        metavar="DIR",
        help="folder of sounds of no class: how often is a model confident of them?",
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
