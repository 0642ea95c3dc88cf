"""The known pitfalls of audio front ends, each with the tests that hold it; and two more tests.

The list is the project's own, of what broke in Kapre, Keras and torchaudio.
"""

import ast
import pathlib

import numpy as np
import pytest
from backend_tools import BACKEND, to_numpy
from layer_contract import close, noise

from kapre_like.layers import STFT, LengthMask, MelSpectrogram, Power

HERE = pathlib.Path(__file__).parent

PITFALLS = {
    "half precision and the Fourier transform": [
        "test_layers_stft.py::test_every_policy_computes_in_float32",
    ],
    "the logarithm's floor in float16": [
        "test_layers_mel_spectrogram.py::test_every_policy_computes_in_float32",
        "test_layers_apply_filterbank.py::test_large_powers_stay_finite_under_mixed_precision",
    ],
    "resolution of bfloat16": [
        "test_layers_power_to_decibel.py::test_every_policy_computes_in_float32",
    ],
    "complex numbers": [
        "test_exporting_formats.py::test_a_complex_spectrum_inside_a_chain_is_a_pair_in_the_file",
    ],
    "time and batch known only when it runs": [
        "test_every_layer.py::test_declared_shapes_are_right_at_every_length",
        "test_exporting_formats.py::test_any_fft_size_and_any_length",
    ],
    "XLA": ["test_every_layer.py::test_compiled_equals_eager"],
    "one thread for the CPU's transform": [
        "test_ops_pieces.py::test_a_large_enough_batch_runs_in_branches_on_tensorflow_only",
    ],
    "ragged tensors": ["test_pitfalls.py::test_a_ragged_batch_is_a_padded_one_with_lengths"],
    "clips shorter than a frame": [
        "test_layers_stft.py::test_reflection_folds_as_often_as_a_short_clip_needs",
        "test_every_layer.py::test_a_clip_in_a_padded_batch_is_itself",
    ],
    "silence": ["test_every_layer.py::test_gradients_are_finite_on_silence"],
    "gradients where a magnitude is zero": [
        "test_every_layer.py::test_gradients_are_finite_on_silence",
    ],
    "the decibel's reference": [
        "test_layers_power_to_decibel.py::test_padding_sets_no_peak_and_the_mask_goes_on",
    ],
    "0 Hz and half the rate": [
        "test_layers_power.py::test_the_bins_sum_up_to_the_power_of_the_frame",
        "test_pitfalls.py::test_a_constant_is_at_0_hz_only",
    ],
    "empty mel bands": [
        "test_filters.py::test_the_warning_of_empty_bands_has_arguments_that_fix_it"
    ],
    "mel scale and norm are two choices": ["test_filters.py::test_mel_matrix_matches_librosa"],
    "where the window stands": [
        "test_layers_stft.py::test_any_window_is_centered_as_in_librosa",
        "test_layers_stft.py::test_matches_torch",
    ],
    "randomness frozen in a graph": [
        "test_layers_griffin_lim.py::test_seeds_choose_the_phases_and_nothing_else_does",
    ],
    "what fills up": ["test_layers_fit_length.py::test_every_clip_is_cut_or_filled"],
    "tensors made in a constructor": [
        "test_every_layer.py::test_it_can_be_made_inside_a_dataset_s_map",
        "test_mirrored.py::test_every_layer_under_a_mirrored_strategy",
    ],
    "integers and sample rates": [
        "test_every_layer.py::test_a_wrong_input_is_named_in_the_error",
        "test_layers_kaldi_fbank.py::test_scale_turns_full_scale_one_into_integers",
    ],
    "LiteRT's transform": [
        "test_exporting_formats.py::test_litert_files_hold_built_in_operators_only",
    ],
    "kernels that are none at the start": [
        "test_layers_stft.py::test_a_learned_transform_starts_equal_to_the_fixed_one",
        "test_every_layer.py::test_layer_contract",
    ],
    "saving": [
        "test_layers_stft.py::test_numpy_numbers_as_arguments_become_plain_numbers_in_the_file",
        "test_every_layer.py::test_layer_contract",
    ],
}


@pytest.mark.parametrize("name", PITFALLS)
def test_every_pitfall_has_its_test(name):
    for held in PITFALLS[name]:
        file, _, function = held.partition("::")
        tree = ast.parse((HERE / file).read_text(encoding="utf-8"))
        assert function in {node.name for node in tree.body if hasattr(node, "name")}, held


@pytest.mark.skipif(BACKEND != "tensorflow", reason="ragged tensors belong to TensorFlow")
def test_a_ragged_batch_is_a_padded_one_with_lengths():
    import tensorflow as tf

    clips = [noise(1, samples)[0] for samples in (400, 130, 1)]
    ragged = tf.ragged.stack([tf.constant(clip) for clip in clips])
    layer = MelSpectrogram(sample_rate=8000, n_fft=64, n_mels=6)
    pair = [ragged.to_tensor(), tf.cast(ragged.row_lengths(), "int32")]
    together = to_numpy(layer(LengthMask()(pair)))
    for row, clip in zip(together, clips, strict=True):
        alone = to_numpy(layer(clip[None, :, None]))
        np.testing.assert_allclose(row[: alone.shape[1]], alone[0], atol=1e-3)


@pytest.mark.backends
@pytest.mark.parametrize("n_fft", [32, 33])
def test_a_constant_is_at_0_hz_only(n_fft):
    x = np.full((1, 4 * n_fft, 1), 0.5, "float32")
    stft = STFT(n_fft=n_fft, center=False, window="boxcar", output="real_imag")
    power = to_numpy(Power()(stft(x)))[0, :, :, 0]
    expected = np.zeros(n_fft // 2 + 1)
    expected[0] = (0.5 * n_fft) ** 2
    close(power, np.tile(expected, (len(power), 1)), 1e-6)
