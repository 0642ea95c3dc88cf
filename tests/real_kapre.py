"""The real Kapre, beside which the facade keeps the names that both register."""

import keras
import pytest


def real_kapre(name="kapre"):
    """Imports Kapre or a module of it, or skips where it is not installed.

    Both register their layers as `Kapre>...`, and whoever comes last is what a file is loaded
    with. A test that imports Kapre must not change what the tests behind it load.
    """
    ours = dict(keras.saving.get_custom_objects())
    module = pytest.importorskip(name)
    keras.saving.get_custom_objects().update(ours)
    return module
