"""The command `features`: writes the features of every clip as a table."""

import argparse

from kapre_like.models.cli.console import Console
from kapre_like.models.cli.sound_arguments import add_channel
from kapre_like.models.cli.training_arguments import add_data, add_on_error, add_settings


def add_features(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `features`."""
    add_data(parser)
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="table to write, .parquet (kapre-like[parquet]) or .csv; after a kill, the same "
        "command resumes",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an older table")
    parser.add_argument(
        "--sample-rate", type=int, default=16000, metavar="HZ", help="(default: 16000)"
    )
    parser.add_argument(
        "--seconds", type=float, metavar="S", help="the middle S seconds (default: whole clips)"
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="processes (default: one per core)"
    )
    add_settings(
        parser,
        "a setting of the features: n_mels, n_fft, win_length, hop_length, fmin, fmax or "
        "top_db",
    )
    add_channel(parser, split=False)
    add_on_error(parser)


def write_features(options: argparse.Namespace, console: Console, columns: dict) -> int:
    """Writes the table; returns 0."""
    from kapre_like.models.experiment import features

    names = ("out", "overwrite", "sample_rate", "seconds", "jobs", "channel", "on_error")
    features(
        options.data,
        settings=dict(options.set),
        log=console.progress,
        **{name: getattr(options, name) for name in names},
        **columns,
    )
    return 0
