"""The `Example:` sections of the public layers run and show what they print."""

import doctest
import re

import keras
import numpy as np
import pytest

import kapre_like

LAYERS = sorted(kapre_like.layers.__all__)
AUGMENTATIONS = sorted(set(kapre_like.augment.LAYERS) - set(LAYERS))
FACADE = sorted(set(kapre_like.kapre.__all__) - {"VERSION", "__version__"})
FACADE = [name for name in FACADE if not name.startswith("get_")]


class ShapeChecker(doctest.OutputChecker):
    """Compares a backend's shape type as a tuple."""

    def check_output(self, want, got, optionflags):
        got = re.sub(r"(?:TensorShape|torch\.Size)\(\[(.*)\]\)", r"(\1)", got)
        return super().check_output(want, got, optionflags)


def examples(module, name):
    names = {"kapre_like": kapre_like, "keras": keras, "np": np}
    docstring = getattr(module, name).__doc__
    return doctest.DocTestParser().get_doctest(docstring, names, name, None, 0)


@pytest.mark.backends(full=True)
@pytest.mark.parametrize(
    ("module", "name"),
    [
        *((kapre_like.layers, name) for name in LAYERS),
        *((kapre_like.augment, name) for name in AUGMENTATIONS),
        *((kapre_like.kapre, name) for name in FACADE),
    ],
    ids=[*LAYERS, *AUGMENTATIONS, *(f"kapre.{name}" for name in FACADE)],
)
def test_the_example_of_a_layer_shows_what_it_prints(module, name):
    found = examples(module, name)
    assert found.examples, f"{name}: no `Example:` section"
    runner = doctest.DocTestRunner(ShapeChecker(), verbose=False, optionflags=doctest.ELLIPSIS)
    report = []
    assert runner.run(found, out=report.append).failed == 0, "".join(report)
