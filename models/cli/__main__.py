"""`python -m kapre_like.models.cli`: the command line without its installed script."""

import sys

from kapre_like.models.cli.main import main

sys.exit(main())
