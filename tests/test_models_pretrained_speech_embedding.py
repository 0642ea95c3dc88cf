"""The speech embedding: its promises, its file, and parity with the LiteRT files."""

from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
import pretrained_contract as contract
import pytest
import soundfile
from backend_tools import to_numpy
from tolerances import FLOAT32_LONG, FLOAT32_SHORT

from kapre_like.models.embeddings import open_network
from kapre_like.models.pretrained.networks import speech_embedding
from kapre_like.models.pretrained.speech_embedding.backbone import front_end
from kapre_like.models.pretrained.speech_embedding.config import SpeechEmbeddingConfig
from kapre_like.models.pretrained.speech_embedding.layers import FlooredLeakyReLU

CONFIG = SpeechEmbeddingConfig()
NETWORK, MEL = "embedding_model.tflite", "melspectrogram.tflite"


@pytest.fixture(scope="module")
def model():
    return speech_embedding("random")


@pytest.mark.backends(each=True)
@pytest.mark.parametrize("check", ["outputs", "alone", "training", "states"])
def test_the_contract_of_pretrained_networks(model, check):
    chosen = speech_embedding("random") if check == "training" else model
    getattr(contract, f"check_{check}")(chosen)


@pytest.mark.backends
def test_a_saved_file_is_the_same_network(model, tmp_path):
    contract.check_saving(model, tmp_path)


@pytest.mark.parametrize(
    "format",
    [
        "savedmodel",
        pytest.param("onnx", marks=pytest.mark.slow),
        pytest.param("litert", marks=pytest.mark.slow),
    ],
)
def test_export(model, tmp_path, format):
    contract.check_export(model, tmp_path, format)


def test_windows_have_the_length_that_the_network_reaches(model):
    for samples, windows in [(1, 1), (991, 1), (992, 2), (2271, 2), (2272, 3), (12512, 11)]:
        clip = np.zeros((1, samples), "float32")
        assert contract.run(model, clip, np.array([samples]))["mask"].sum() == windows


def test_a_window_of_a_clip_equals_the_window_alone(model):
    # Without the floor of 80 dB, which is of the whole clip, because noise stays above it.
    waveform, _ = contract.clips(model, seconds=(1.5,))
    whole = contract.run(model, waveform, np.array([waveform.shape[1]]))["embeddings"][0]
    # The first window that begins inside the clip.
    first = CONFIG.context // CONFIG.hop_length
    for number in (0, 3, 8):
        start = number * CONFIG.hop_length
        cut = waveform[:, start : start + CONFIG.samples]
        alone = contract.run(model, cut, np.array([CONFIG.samples]))["embeddings"][0]
        contract.assert_close(alone[first], whole[first + number])


@pytest.mark.backends
def test_the_activation_has_a_slope_and_a_floor():
    x = np.array([-9.0, -2.0, -1.0, 0.0, 3.0], "float32")
    expected = [-0.4, -0.4, -0.2, 0.0, 3.0]
    np.testing.assert_allclose(to_numpy(FlooredLeakyReLU()(x)), expected, rtol=FLOAT32_SHORT)
    with pytest.raises(ValueError, match="`floor` must be a number <= 0"):
        FlooredLeakyReLU(floor=1.0)
    with pytest.raises(ValueError, match="`slope` must be"):
        FlooredLeakyReLU(slope=-1.0)


# --- the files of the package ----------------------------------------------------------------


@pytest.fixture(scope="module")
def folder():
    spec = find_spec("pyopen_wakeword")
    if spec is None:
        pytest.skip("pyopen-wakeword is not installed")
    pytest.importorskip("ai_edge_litert.interpreter")
    return Path(spec.submodule_search_locations[0]) / "models"


@pytest.fixture(scope="module")
def published(folder, tmp_path_factory):
    # From the package only, with any content of the folder of weights.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path_factory.mktemp("weights")))
        return speech_embedding()


def opened(path):
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(str(path))


def infer(interpreter, x):
    index = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(index, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(index, x)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def with_context(wave):
    return np.pad(wave, CONFIG.context)


def clip(path):
    """A real clip of whole windows, so that both spectrograms have the same peak."""
    wave, _ = soundfile.read(path, dtype="float32")
    rest = (len(wave) - CONFIG.samples) // CONFIG.hop_length * CONFIG.hop_length
    return wave[: CONFIG.samples + rest]


def test_the_spectrogram_equals_the_packages(folder):
    theirs, layer = opened(folder / MEL), front_end()
    floors = 0
    for path in contract.clip_files(20):
        wave = clip(path)
        # The package takes samples of 16 bits as numbers.
        expected = infer(theirs, (wave * 32768)[None])[0, 0]
        found = to_numpy(layer(wave[None, :, None]))[0, :, :, 0]
        decibels = 10 * (found - 2)
        floor = expected.max() - 80
        floors += (expected == expected.min()).sum() > 1 and np.isclose(expected.min(), floor)
        np.testing.assert_allclose(decibels, expected, atol=0.002)
        # The rounding of a float32 transform is seen 60 dB below the peak.
        loud = expected > floor + 20
        np.testing.assert_allclose(decibels[loud], expected[loud], atol=0.001)
    assert floors > 0


def test_embeddings_equal_the_packages_in_every_window(folder, published):
    mel, network = (opened(folder / name) for name in (MEL, NETWORK))
    for path in contract.clip_files(4):
        wave = clip(path)
        spectrogram = infer(mel, (with_context(wave) * 32768)[None])[0, 0] / 10 + 2
        found = contract.run(published, wave[None], np.array([len(wave)]))["embeddings"][0]
        starts = range(0, 8 * len(found), 8)
        windows = [spectrogram[None, s : s + 76, :, None] for s in starts]
        expected = np.stack([infer(network, window).ravel() for window in windows])
        atol = 1e-5 * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=atol)


def test_silence_equals_the_packages(folder, published):
    mel, network = (opened(folder / name) for name in (MEL, NETWORK))
    wave = np.zeros(CONFIG.samples, "float32")
    expected = infer(network, infer(mel, wave[None])[0, 0][None, ..., None] / 10 + 2).ravel()
    found = contract.run(published, wave[None, :100], np.array([100]))["embeddings"][0, 0]
    np.testing.assert_allclose(found, expected, atol=FLOAT32_LONG * np.abs(expected).max())


def test_the_package_is_a_kind_of_frozen_network(folder):
    frozen = open_network("test", "speech_embedding")
    assert frozen.weights.name == "embedding_model.tflite"
    assert not frozen.is_random
    by_file = open_network("test", folder / NETWORK)
    assert by_file.identity == frozen.identity
    states = frozen.states(["l04", "last"])
    assert isinstance(states, keras.Model)
    assert [state.shape[-1] for state, _ in states.output] == [96, 96]


def test_bad_files_are_refused(folder, tmp_path):
    whole = folder / NETWORK
    for share in (0.001, 0.5, 0.999):
        path = contract.truncated(whole, tmp_path, share)
        contract.check_refused(speech_embedding, path, "truncated")
    other = folder / MEL
    contract.check_refused(speech_embedding, other, "weights of speech_embedding")
    text = tmp_path / "weights.tflite"
    text.write_text("no LiteRT file")
    contract.check_refused(speech_embedding, text, "not a LiteRT file")
    contract.check_refused(speech_embedding, Path(__file__), "embedding_model.tflite")


def test_other_shapes_and_activations_are_refused(folder, monkeypatch):
    path = folder / NETWORK
    from kapre_like.models.pretrained.speech_embedding import backbone

    wider = SpeechEmbeddingConfig(channels=95)
    monkeypatch.setattr(backbone, "SpeechEmbeddingConfig", lambda: wider)
    name = "convolution_19/kernel"
    shapes = ((95, 3, 1, 96), (96, 3, 1, 96))
    contract.check_refused(speech_embedding, path, name, *shapes)
    steeper = SpeechEmbeddingConfig(slope=0.3)
    monkeypatch.setattr(backbone, "SpeechEmbeddingConfig", lambda: steeper)
    contract.check_refused(speech_embedding, path, "slope 0.3", "0.2")


def test_without_the_package_the_error_has_the_install_command(monkeypatch, tmp_path):
    from kapre_like.models.pretrained import preset

    monkeypatch.setattr(preset, "find_spec", lambda name: None)
    monkeypatch.setenv("KAPRE_LIKE_WEIGHTS", str(tmp_path))
    with pytest.raises(ValueError, match="pip install --no-deps pyopen-wakeword"):
        speech_embedding()


def test_without_litert_the_error_names_the_extra(folder, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "ai_edge_litert.schema_py_generated", None)
    with pytest.raises(ImportError, match=r"kapre-like\[litert\]"):
        speech_embedding(folder / NETWORK)
