"""Public names, docstrings and registered names.

The names of layers are in `kapre_like/_layer_table.py`. The others are listed here, so that a
new one is a visible change.
"""

import importlib
import inspect

import keras
import pytest

import kapre_like
from kapre_like._layer_table import AUGMENTATIONS, LAYERS

PUBLIC = {
    "kapre_like": sorted(
        [
            *LAYERS,
            "FramesToSequence",
            "MaskedBatchNormalization",
            "MaskedMean",
            "Streaming",
            "UnpackMask",
            "__version__",
            "audio",
            "augment",
            "export",
            "features",
            "kapre",
            "layers",
            "load_model",
            "load_predictor",
            "metadata",
            "models",
            "presets",
        ]
    ),
    "kapre_like.layers": LAYERS,
    "kapre_like.augment": sorted(
        [
            *AUGMENTATIONS,
            "Recipe",
            "read_recipe",
            "recipe_names",
        ]
    ),
    "kapre_like.audio": [
        "FileInfo",
        "Pipeline",
        "Sound",
        "center_crop",
        "dataset",
        "folds",
        "hold_out",
        "info",
        "inspect",
        "read",
        "read_dataset",
        "read_limits",
        "read_sound",
        "read_unlabeled",
    ],
    "kapre_like.presets": [
        "ast",
        "kaldi",
        "librosa",
        "panns",
        "torchaudio",
        "vggish",
        "wav2vec2",
        "whisper",
        "yamnet",
    ],
    "kapre_like.features": ["ClipFeatures", "band_center_hz", "feature_table"],
    "kapre_like.models": [
        "ModelCard",
        "compare",
        "evaluate",
        "export",
        "family",
        "load_model",
        "predict",
        "pretrain",
        "show",
        "train",
        "tune_decoder",
    ],
    "kapre_like.models.boosted": ["BoostedModel"],
    "kapre_like.models.vgg": ["ROWS", "VGGModel", "receptive_field", "vgg", "vgg_backbone"],
    "kapre_like.models.experiment": [
        "compare",
        "evaluate",
        "export",
        "features",
        "predict",
        "pretrain",
        "show",
        "train",
        "tune_decoder",
    ],
}
# Commands of `kapre-like`. They must not change.
COMMANDS = ["compare", "evaluate", "export", "features", "predict", "pretrain", "show", "train"]


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_these(module):
    assert sorted(importlib.import_module(module).__all__) == PUBLIC[module]


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_resolves(module):
    imported = importlib.import_module(module)
    for name in PUBLIC[module]:
        assert getattr(imported, name) is not None


@pytest.mark.parametrize("module", [m for m in PUBLIC if m.count(".") < 2])
def test_names_that_are_not_imported_yet_are_listed_by_dir(module):
    assert set(PUBLIC[module]) <= set(dir(importlib.import_module(module)))


@pytest.mark.parametrize("module", [m for m in PUBLIC if m.count(".") < 2])
def test_an_unknown_name_is_an_attribute_error_that_names_it(module):
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = importlib.import_module(module).no_such_name


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_class_and_function_has_a_docstring(module):
    imported = importlib.import_module(module)
    for name in PUBLIC[module]:
        thing = getattr(imported, name)
        if callable(thing):
            # A class's own: the base layer's would be inherited.
            assert vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__, name


def test_functions_stay_functions_when_modules_of_their_floor_are_imported():
    for module in (
        "kapre_like.exporting",
        "kapre_like.saving",
        "kapre_like.models.artifact.load",
    ):
        importlib.import_module(module)
    assert callable(kapre_like.export)
    assert callable(kapre_like.metadata)
    assert callable(kapre_like.load_model)


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("kapre_like.layers", LAYERS),
        ("kapre_like.augment", AUGMENTATIONS),
        ("kapre_like.models.blocks", ["MaskedBatchNormalization", "MaskedMean", "UnpackMask"]),
        ("kapre_like.models", ["ModelCard"]),
    ],
)
def test_registered_names_are_a_file_format(module, names):
    for name in names:
        layer = getattr(importlib.import_module(module), name)
        assert keras.saving.get_registered_name(layer) == f"kapre_like>{name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    from kapre_like.models.cli.main import main

    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kapre-like {command} ")
