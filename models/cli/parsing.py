"""Parses the arguments of the command line, and completes them for a shell."""

import argparse
import difflib
import os
from collections.abc import Callable

from kapre_like.models.cli.arguments import parser


def parse(run: dict[str, Callable], arguments: list[str]) -> argparse.Namespace:
    """Returns the parsed arguments; exits with an error if they are wrong.

    Args:
        run: As in `parser`.
        arguments: The arguments after the program's name.
    """
    whole = parser(run)
    _complete(whole)
    options, left = whole.parse_known_args(arguments)
    if hasattr(options, "files") and not any(word.startswith("-") for word in left):
        # These are files after a flag. argparse only accepts the files before it.
        options.files += left
        return options
    if left:
        options.command.error(f"unrecognized arguments: {' '.join(left)}{_near(options, left)}")
    return options


def _near(options: argparse.Namespace, left: list[str]) -> str:
    """Returns a question that suggests a similar flag, or ""."""
    known = [flag for action in options.command._actions for flag in action.option_strings]
    near = [found for word in left for found in difflib.get_close_matches(word, known, 1)]
    return f"; is {near[0]} meant?" if near else ""


def _complete(whole: argparse.ArgumentParser) -> None:
    """Prints completions and exits if a shell requests them."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(whole)
