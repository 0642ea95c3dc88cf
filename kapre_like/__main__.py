"""`python -m kapre_like`: the command line without its installed program."""

import sys

from kapre_like.models.cli.main import main

sys.exit(main())
