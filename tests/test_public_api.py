"""The public names, listed so that an addition is a visible diff; docstrings and defaults."""

import importlib
import inspect
import pathlib
import re

import keras
import pytest

import kapre_like

ROOT = pathlib.Path(__file__).resolve().parents[1]

LAYERS = [
    "AdditiveNoise",
    "AmplitudeEnvelope",
    "ApplyFilterbank",
    "BandEnergyRatio",
    "CQT",
    "Cepstrum",
    "Chain",
    "ChannelSwap",
    "Chroma",
    "ConcatenateFrequencyMap",
    "DeEmphasis",
    "Delta",
    "Energy",
    "FitLength",
    "Frame",
    "FrequencyAwareConv2D",
    "FrontEndNormalization",
    "GaborFrontEnd",
    "GriffinLim",
    "InstantaneousFrequency",
    "InverseMel",
    "InverseSTFT",
    "KaldiFbank",
    "LFCC",
    "LengthMask",
    "LogCompression",
    "LogFrequencySpectrogram",
    "Loudness",
    "MFCC",
    "Magnitude",
    "MagnitudeToDecibel",
    "MelSpectrogram",
    "MuLawDecoding",
    "MuLawEncoding",
    "PCEN",
    "Pad",
    "Phase",
    "Power",
    "PowerToDecibel",
    "PreEmphasis",
    "RMS",
    "Resample",
    "STFT",
    "SincFrontEnd",
    "SpecAugment",
    "SpectralBandwidth",
    "SpectralCentroid",
    "SpectralContrast",
    "SpectralFlatness",
    "SpectralFlux",
    "SpectralRolloff",
    "StftMagnitude",
    "TimeStretch",
    "VQT",
    "ZeroCrossingRate",
]
# The layers of `kapre_like.augment` that `kapre_like.layers` does not have.
AUGMENTATIONS = [
    "AddNoise",
    "BandPass",
    "BetweenClass",
    "Clip",
    "CodecSimulation",
    "Compose",
    "CutMix",
    "DropChunk",
    "Equalizer",
    "FilterAugment",
    "FrequencyShift",
    "Gain",
    "HighPass",
    "LowPass",
    "MixUp",
    "OneOf",
    "PitchShift",
    "Polarity",
    "RandomCrop",
    "RandomResizedSpectrogram",
    "Reverberate",
    "Saturate",
    "SimulatedRoom",
    "SomeOf",
    "SpeedPerturb",
    "TimeShift",
]
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
            "AdditiveNoise",
            "ChannelSwap",
            "Recipe",
            "SpecAugment",
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
        "read_unlabelled",
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
# The words of the command line, which stay; see `kapre-like COMMAND --help`.
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


# Where each layer is, by its name.
HOMES = {
    **dict.fromkeys(LAYERS, kapre_like.layers),
    **dict.fromkeys(AUGMENTATIONS, kapre_like.augment),
}


@pytest.mark.parametrize("name", HOMES)
def test_a_layer_lives_in_the_file_of_its_name_and_takes_keywords_only(name):
    layer = getattr(HOMES[name], name)
    file = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    assert layer.__module__ == f"{HOMES[name].__name__}.{file}"
    for parameter in arguments(layer):
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, parameter


def test_layers_defaults_are_those_of_the_frozen_table():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    table = re.findall(
        r"^\| `(\w+)` \| (.*) \|$", text.partition("## Defaults")[2], re.MULTILINE
    )
    written = {name: defaults.strip("` ") for name, defaults in table}
    actual = {
        name: ", ".join(written_out(p) for p in arguments(layer)) or "none"
        for name, home in HOMES.items()
        for layer in [getattr(home, name)]
    }
    assert {name: d.replace("'", '"') for name, d in actual.items()} == written


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


def arguments(layer):
    """The constructor's own parameters: neither `self` nor the base layer's `**kwargs`."""
    parameters = list(inspect.signature(layer.__init__).parameters.values())[1:]
    return [p for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD]


def written_out(parameter):
    """`name=default`, or the name alone where a value must be given."""
    required = parameter.default is parameter.empty
    return parameter.name if required else f"{parameter.name}={parameter.default!r}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, capsys):
    from kapre_like.models.cli.main import main

    with pytest.raises(SystemExit) as done:
        main([command, "--help"])
    assert done.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: kapre-like {command} ")
