"""The help of each command, as the program prints it."""

import contextlib
import io
import os
from unittest import mock

from kapre_like.models.cli import main

# Columns of a block of code on the site.
_WIDTH = "92"


def commands() -> list[str]:
    """Returns the names of all commands."""
    return list(main._COMMANDS)


def help_of(name: str) -> str:
    """Returns what `kapre-like NAME --help` prints."""
    out = io.StringIO()
    with (
        mock.patch.dict(os.environ, COLUMNS=_WIDTH),
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),
    ):
        main.main([name, "--help"])
    return out.getvalue()
