"""`kapre_like.kapre` has every name of the real Kapre, with its arguments and defaults."""

import importlib
import inspect
import json
import pathlib

import pytest

from kapre_like import kapre

HERE = pathlib.Path(__file__).parent
NAMES = json.loads((HERE / "kapre_reference" / "names.json").read_text())
# Kapre's private functions. Programs do import other private names, such as `_CH_FIRST_STR`.
INTERNAL = {"_rdft", "_rdft_matrix", "_shape_spectrum_output"}


def promised(module):
    """Names that Kapre defines, without NumPy, TensorFlow and Keras, which it imports."""
    return {
        name: what
        for name, what in NAMES[module].items()
        if what["kind"] != "foreign" and name not in INTERNAL
    }


def ours(module):
    return kapre if module == "kapre" else getattr(kapre, module)


def every(kind):
    found = [(m, name) for m in NAMES for name, w in promised(m).items() if w["kind"] == kind]
    assert found
    return pytest.mark.parametrize(("module", "name"), found, ids=lambda part: part)


def arguments(function):
    """Name, kind and default of each argument, in the form of names.json."""
    return [
        [p.name, p.kind.name, None if p.default is p.empty else repr(p.default)]
        for p in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize("module", NAMES)
def test_no_name_is_missing(module):
    assert [name for name in promised(module) if not hasattr(ours(module), name)] == []


@every("constant")
def test_a_constant_has_its_value(module, name):
    expected = NAMES[module][name]["value"]
    if name == "__all__":
        assert set(expected) <= set(ours(module).__all__)
    else:
        assert getattr(ours(module), name) == expected


@every("module")
def test_a_module_is_ours_by_its_path(module, name):
    assert getattr(ours(module), name).__name__ == f"kapre_like.kapre.{name}"


def homes():
    """Each layer with the module that lists it in Kapre's `__all__`."""
    modules = [m for m in NAMES if m != "kapre" and "__all__" in NAMES[m]]
    found = [(m, name) for m in modules for name in NAMES[m]["__all__"]["value"]]
    assert len(found) == 18
    return pytest.mark.parametrize(("module", "name"), found, ids=lambda part: part)


@homes()
def test_a_layer_is_defined_in_the_module_of_kapre(module, name):
    path = f"kapre_like.kapre.{module}"
    found = getattr(kapre, name).__module__
    assert found == path or found.startswith(f"{path}.")


def test_migrate_is_a_function_although_a_package_has_its_name():
    importlib.import_module("kapre_like.kapre.migrate.models")
    assert inspect.isfunction(kapre.migrate)


@every("function")
def test_a_function_takes_the_same_arguments(module, name):
    function, expected = getattr(ours(module), name), NAMES[module][name]["arguments"]
    # The facade's default is the name of a dtype, Kapre's is the dtype object of TensorFlow.
    found = json.loads(json.dumps(arguments(function)).replace("'float32'", "tf.float32"))
    assert found == expected


@every("class")
def test_a_layer_takes_the_same_arguments(module, name):
    layer, expected = getattr(ours(module), name), NAMES[module][name]
    own = [one for one in arguments(layer.__init__)[1:] if "ONLY" not in one[1]]
    assert own == (expected["arguments"] or [["kwargs", "VAR_KEYWORD", None]])
    for parent in expected["parents"]:
        assert issubclass(layer, getattr(kapre, parent))


@every("class")
def test_a_layer_is_called_with_the_same_arguments(module, name):
    layer, methods = getattr(ours(module), name), NAMES[module][name]["methods"]
    for method in methods:
        if method[0] != "_":
            # Kapre's `SpecAugment.call` accepts other keywords too, and ignores them.
            expected = [one for one in methods[method] if one[1] != "VAR_KEYWORD"]
            assert arguments(getattr(layer, method)) == expected


@every("class")
def test_a_name_leads_to_one_class_from_every_module(module, name):
    assert getattr(ours(module), name) is getattr(kapre, name)
