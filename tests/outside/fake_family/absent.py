"""A family whose package is not installed."""

from kapre_like.models.artifact.families import Family


class Absent(Family):
    name = "absent"
    summary = "needs a package that is not installed"
    needs = ("no_such_package",)
    install = "no-such-package"
