"""Runs the command line as `python -m kapre_like`, without the installed program."""

import sys

from kapre_like.models.cli.main import main

sys.exit(main())
