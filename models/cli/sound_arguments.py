"""Arguments about sound files that several commands share, and those of `inspect`."""

import argparse
from contextlib import AbstractContextManager

_CHANNELS = "mix, the mean of all; left; right; or the number of a channel, from 1"
_LIMITS = {
    "--max-seconds": "S",
    "--max-bytes": "N",
    "--max-read-time": "S",
}
_HELP = {
    "--max-seconds": "refuse a file with more sound (default: no limit)",
    "--max-bytes": "refuse a file that is larger, or decodes to more (default: 4 GiB)",
    "--max-read-time": "refuse a file that takes longer to decode (default: 300)",
}


def add_channel(
    parser: argparse.ArgumentParser, *, trained: bool = False, split: bool = True
) -> None:
    """Adds `--channel`.

    Args:
        parser: Parser of a command.
        trained: Whether the default is the channel that the model was trained with.
        split: Whether the command accepts `split`, which makes a clip of each channel.
    """
    each = "; or split, a clip of each channel" if split else ""
    default = "as in training" if trained else "mix"
    parser.add_argument(
        "--channel",
        type=_channel if split else _one_channel,
        default=None if trained else "mix",
        metavar="mix|left|right|N|split" if split else "mix|left|right|N",
        help=f"channel of a file to use: {_CHANNELS}{each} (default: {default})",
    )


def _channel(text: str) -> str:
    from kapre_like.audio.channels import RULE, channel_name

    try:
        return channel_name("--channel", text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be {RULE}, not {text!r}") from None


def _one_channel(text: str) -> str:
    if text == "split":
        raise argparse.ArgumentTypeError("must be one channel here, not 'split'")
    return _channel(text)


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Adds the limits on the size and the decoding time of one file."""
    group = parser.add_argument_group("limits on one file")
    for flag, unit in _LIMITS.items():
        group.add_argument(flag, metavar=unit, help=_HELP[flag])


def limits_of(options: argparse.Namespace) -> AbstractContextManager[None]:
    """Returns a context manager that applies the given limits."""
    from kapre_like.audio.limits import read_limits

    names = [flag.removeprefix("--max-").replace("-", "_") for flag in _LIMITS]
    return read_limits(**{name: getattr(options, f"max_{name}", None) for name in names})


def add_inspect(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `inspect`."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="sound files, or folders")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="one JSON object per line")
    how.add_argument("--csv", action="store_true", help="a table as CSV")
    add_limits(parser)
