"""Forty plausible bugs, each with the tests that must fail. `run.py` tries them.

A mutation's `old` text occurs exactly once in its file; `tests/test_mutations.py` fails when
one is out of date. Name the narrowest test that should fail, because its tests take the time.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One bug.

    Attributes:
        name: The bug in words with dashes.
        group: `layers`, `ops`, `masks`, `export`, `training`, `checkpoints` or `verdict`.
        path: File, from the checkout's root.
        old: Text that occurs in it exactly once.
        new: Text that replaces it.
        tests: Tests to run: files of `tests/` or `file::test`.
    """

    name: str
    group: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]


EVERY = "test_every_layer.py::"

# fmt: off
MUTATIONS = (
    # --- ops and filters ---------------------------------------------------------------------
    Mutation(
        "one-frame-too-few", "ops", "kapre_like/filters/frame_grid.py",
        "1 + (samples + added - n_fft) // hop_length)",
        "(samples + added - n_fft) // hop_length)",
        ("test_filters.py::test_frame_count_is_librosas_and_never_zero",),
    ),
    Mutation(
        "symmetric-window", "ops", "kapre_like/filters/windows.py",
        "fftbins=True", "fftbins=False",
        ("test_filters.py::test_windows_are_scipys_in_the_middle_of_the_frame",),
    ),
    Mutation(
        "phase-turned-round", "ops", "kapre_like/filters/fourier.py",
        "n_fft == 0, 0.0, -np.sin(angle))", "n_fft == 0, 0.0, np.sin(angle))",
        ("test_filters.py::test_kernels_are_the_real_fourier_transform",),
    ),
    Mutation(
        "magnitude-in-decibels-of-power", "layers", "kapre_like/layers/magnitude_to_decibel.py",
        "    _factor = 20.0\n", "    _factor = 10.0\n",
        ("test_layers_magnitude_to_decibel.py",),
    ),
    Mutation(
        "peak-of-the-batch", "ops", "kapre_like/ops/compression.py",
        "        peak = _peak(x, mask)\n",
        "        peak = ops.max(_peak(x, mask))\n",
        ("test_ops_decibel.py",),
    ),
    Mutation(
        "mirror-repeats-the-last-sample", "ops", "kapre_like/ops/framing.py",
        "period = ops.maximum(2 * (samples - 1), 1)", "period = ops.maximum(2 * samples, 1)",
        ("test_ops_framing.py",),
    ),
    Mutation(
        "inverse-without-squared-window", "ops", "kapre_like/ops/stft.py",
        "weight = overlap_add(ops.multiply(valid, window * window), hop_length=hop_length)",
        "weight = overlap_add(ops.multiply(valid, window), hop_length=hop_length)",
        ("test_ops_stft.py", "test_layers_inverse_stft.py::test_a_clip_comes_back"),
    ),
    Mutation(
        "smoother-without-gain", "ops", "kapre_like/ops/pcen.py",
        "first_order(x, decay=1.0 - smoothing, gain=smoothing, state=state)",
        "first_order(x, decay=1.0 - smoothing, gain=1.0, state=state)",
        ("test_ops_pcen.py::test_it_is_librosas",),
    ),
    Mutation(
        "widest-span-never-drawn", "ops", "kapre_like/ops/spec_augment.py",
        "width = min_width + ops.floor(draws[:, 0] * (max_width - min_width + 1))",
        "width = min_width + ops.floor(draws[:, 0] * (max_width - min_width))",
        ("test_ops_spec_augment.py::test_spans_are_those_of_a_loop",),
    ),
    Mutation(
        "gate-over-all-blocks", "ops", "kapre_like/ops/loudness.py",
        "ops.stop_gradient(relative * _mean(power, passed))",
        "ops.stop_gradient(relative * _mean(power, power >= 0))",
        ("test_ops_loudness.py::test_both_gates",),
    ),
    Mutation(
        "variance-of-a-sample", "ops", "kapre_like/ops/normalization.py",
        "return mean, ops.sum(deviation * deviation, axis=axes, keepdims=True) / count",
        "return mean, ops.sum(deviation * deviation, axis=axes, keepdims=True) / (count - 1)",
        ("test_layers_front_end_normalization.py::test_clips_and_bands_are_numpys",),
    ),
    # --- masks -------------------------------------------------------------------------------
    Mutation(
        "length-counts-one-more", "masks", "kapre_like/ops/masking.py",
        "return position <= ops.reshape", "return position <= 1 + ops.reshape",
        ("test_ops_masking.py::test_lengths_become_a_mask_and_come_back",),
    ),
    Mutation(
        "frame-mask-one-sample-late", "masks", "kapre_like/ops/masking.py",
        "start=hop_length + n_fft - added - 1, step", "start=hop_length + n_fft - added, step",
        ("test_ops_masking.py::test_a_frame_is_valid_if_the_clip_has_it_alone",),
    ),
    Mutation(
        "padding-leaks-into-the-derivative", "masks", "kapre_like/ops/delta.py",
        "    x = zero_invalid(x, mask=mask)\n    # The length", "    # The length",
        (f"{EVERY}test_a_clip_in_a_padded_batch_is_itself[Delta-decibel0]",
         "test_layers_delta.py::test_masked_frames_have_no_influence"),
    ),
    Mutation(
        "mirror-at-the-end-of-the-batch", "masks", "kapre_like/layers/_base/analysis.py",
        "length = lengths(mask) if at_own_end else None", "length = None",
        ("test_layers_stft.py", "test_every_layer.py::test_a_clip_in_a_padded_batch_is_itself"),
    ),
    Mutation(
        "mean-of-the-padding", "masks", "kapre_like/ops/normalization.py",
        "    deviation = zero_invalid(x - mean, mask=mask)\n    mean =",
        "    deviation = x - mean\n    mean =",
        ("test_layers_front_end_normalization.py::"
         "test_it_is_wav2vec2s_over_valid_samples_with_zeros_behind",),
    ),
    Mutation(
        "chain-hands-on-the-mask-of-samples", "masks", "kapre_like/layers/chain.py",
        "            previous_mask = layer.compute_mask(inputs, previous_mask)\n",
        "            pass\n",
        (f"{EVERY}test_a_clip_in_a_padded_batch_is_itself[Chain-waveform]",),
    ),
    # --- layers ------------------------------------------------------------------------------
    Mutation(
        "argument-missing-in-the-file", "layers", "kapre_like/layers/_base/front_end.py",
        "if parameter.kind in _NAMED:",
        'if parameter.kind in _NAMED and parameter.name != "center":',
        (f"{EVERY}test_layer_contract",),
    ),
    Mutation(
        "half-precision-before-the-transform", "layers", "kapre_like/layers/_base/front_end.py",
        "super().__init__(autocast=False, **kwargs)", "super().__init__(**kwargs)",
        (f"{EVERY}test_every_policy_computes_in_float32",),
    ),
    Mutation(
        "batch-axis-left-on-one-clip", "layers", "kapre_like/layers/_base/front_end.py",
        "lambda y: ops.squeeze(y, axis=0), outputs", "lambda y: y, outputs",
        (f"{EVERY}test_one_clip_needs_no_batch_axis",),
    ),
    Mutation(
        "declared-frames-of-a-longer-clip", "layers", "kapre_like/layers/_base/axes.py",
        "return (batch, self.frame_grid.count(samples),",
        "return (batch, samples and self.frame_grid.count(samples + 1),",
        (f"{EVERY}test_declared_shapes_are_right_at_every_length",),
    ),
    Mutation(
        "learned-window-off-the-middle", "layers", "kapre_like/layers/_base/analysis.py",
        "edges = (left, self.n_fft - self.win_length - left)",
        "edges = (self.n_fft - self.win_length, 0)",
        ("test_layers_stft.py::test_a_learned_transform_starts_equal_to_the_fixed_one",),
    ),
    Mutation(
        "learned-kernels-without-window", "layers", "kapre_like/layers/_base/analysis.py",
        "return self.window[:, None] * real, self.window[:, None] * imag", "return real, imag",
        ("test_layers_stft.py::test_a_learned_transform_starts_equal_to_the_fixed_one",),
    ),
    Mutation(
        "no-gradient-to-the-kernels", "layers", "kapre_like/layers/_base/analysis.py",
        "return kernel_frames(frames, kernel_real=real, kernel_imag=imag)",
        "real, imag = ops.stop_gradient(real), ops.stop_gradient(imag)\n"
        "            return kernel_frames(frames, kernel_real=real, kernel_imag=imag)",
        (f"{EVERY}test_layer_contract",),
    ),
    Mutation(
        "stream-gives-a-frame-too-early", "layers", "kapre_like/streaming/row.py",
        "(total - window // 2 if total >= window else 0)",
        "(total - window // 2 + 1 if total >= window else 0)",
        ("test_streaming.py::test_chunks_give_the_frames_of_the_whole_clip",),
    ),
    # --- export ------------------------------------------------------------------------------
    Mutation(
        "proof-accepts-anything", "export", "kapre_like/exporting/proof.py",
        'return ~(np.abs(got.astype("float64") - expected) <= limit)',
        'return np.abs(got.astype("float64") - expected) > 1e9 * (1 + limit)',
        ("test_exporting.py::test_a_file_that_differs_from_the_model_is_refused_and_removed",),
    ),
    Mutation(
        "plain-inverse-counts-half-the-rate-twice", "export",
        "kapre_like/ops/fourier.py",
        "    if n_fft % 2 == 0:\n        twice[-1] /= 2\n", "",
        ("test_layers_inverse_stft.py::test_plain_operators_give_the_same_samples",),
    ),
    Mutation(
        "half-written-file-left-in-place", "export", "kapre_like/_replacing.py",
        "        yield new\n", "        yield path\n",
        ("test_replacing.py",),
    ),
    Mutation(
        "last-tile-runs-past-the-end", "export", "models/artifact/length_rule.py",
        "starts = [min(start, last) for start in range(0, samples, width)]",
        "starts = list(range(0, samples, width))",
        ("test_models_artifact_length_rule.py::"
         "test_tiles_follow_each_other_and_the_last_ends_where_the_clip_does",),
    ),
    # --- networks ----------------------------------------------------------------------------
    Mutation(
        "batch-norm-counts-padding", "masks", "models/blocks/masked.py",
        "count = ops.maximum(ops.sum(valid), 1.0) *",
        "count = ops.maximum(ops.sum(ops.ones_like(valid)), 1.0) *",
        ("test_models_masked.py::test_batch_norm_in_training_counts_valid_frames_only",),
    ),
    Mutation(
        "pooling-sums-the-padding", "masks", "models/blocks/pooling.py",
        'x = ops.where(valid, ops.cast(x, "float32"), 0.0)\n    return',
        'x = ops.cast(x, "float32")\n    return',
        ("test_wav2vec2_heads.py::test_statistics_are_those_of_the_valid_frames",),
    ),
    # --- training ----------------------------------------------------------------------------
    Mutation(
        "resumed-with-other-dropout", "training", "models/training/loop.py",
        "        _reseed(model, seed, progress.epoch)\n", "",
        ("test_models_training.py::test_a_killed_run_goes_on_and_ends_like_one_that_was_not",),
    ),
    Mutation(
        "resumed-with-the-first-learning-rate", "training", "models/training/loop.py",
        "    exclude_from_decay(resumed.optimizer)\n",
        "    exclude_from_decay(resumed.optimizer)\n"
        "    resumed.optimizer.iterations.assign(0)\n",
        ("test_models_training.py::test_a_killed_run_goes_on_and_ends_like_one_that_was_not",),
    ),
    Mutation(
        "another-seed-s-checkpoint-taken-over", "training", "models/training/loop.py",
        "sha256(text.encode())", "sha256(bytes())",
        ("test_models_training.py::test_another_seed_does_not_go_on_where_this_one_stopped",),
    ),
    Mutation(
        "one-epoch-too-patient", "training", "models/training/loop.py",
        "progress.epoch - progress.best_epoch >= schedule.patience",
        "progress.epoch - progress.best_epoch > schedule.patience",
        ("test_models_training.py::test_early_stopping_waits_for_its_patience",),
    ),
    Mutation(
        "every-epoch-in-one-order", "training", "kapre_like/audio/pipeline.py",
        "np.random.default_rng([self.seed, epoch])", "np.random.default_rng([self.seed, 0])",
        ("test_audio_pipeline.py",),
    ),
    Mutation(
        "rate-falls-from-the-start", "training", "models/blocks/learning_rates.py",
        "max(1, self.steps - self.warmup)", "max(1, self.steps)",
        ("test_wav2vec2_finetuning.py::test_the_rate_rises_in_a_line_and_falls_in_one",),
    ),
    # --- checkpoints -------------------------------------------------------------------------
    Mutation(
        "tensor-not-turned-round", "checkpoints", "models/wav2vec2/checkpoint/tensors.py",
        'return array.T if self.change == "reversed" else array',
        'return array.T if self.change == "reversed" and array.ndim > 2 else array',
        ("test_wav2vec2_checkpoints.py",),
    ),
    Mutation(
        "bfloat16-shifted-by-15", "checkpoints", "models/checkpoints/safetensors.py",
        "<< 16)", "<< 15)",
        ("test_wav2vec2_checkpoints.py::test_shards_and_half_precision",),
    ),
    Mutation(
        "cut-off-file-accepted", "checkpoints", "models/checkpoints/safetensors.py",
        "        if size < end:", "        if size < 0:",
        ("test_wav2vec2_bad_checkpoints.py::test_a_file_that_was_cut_off",),
    ),
    Mutation(
        "int8-scaled-by-128", "checkpoints", "models/checkpoints/quantized.py",
        'astype("float32") / 127)', 'astype("float32") / 128)',
        ("test_wav2vec2_weights.py::test_int8_of_bitsandbytes_is_dequantized_with_a_note",),
    ),
    Mutation(
        "lora-scaled-by-rank", "checkpoints", "models/checkpoints/lora.py",
        'rank**0.5 if self._config.get("use_rslora") else rank', "rank",
        ("test_wav2vec2_weights.py::test_an_adapter_of_peft_is_merged_with_a_note",),
    ),
    Mutation(
        "positions-not-gated", "checkpoints", "models/wav2vec2/backbone/self_attention.py",
        "self._gate(self._split(x, batch)) * inputs[2]", "inputs[2]",
        ("test_wav2vec2_encoders.py::test_masked_numbers_are_those_of_transformers",),
    ),
    # --- verdict -----------------------------------------------------------------------------
    Mutation(
        "clips-for-groups", "verdict", "models/experiment/intervals.py",
        "if groups is not None and codes.max() > 0:", "if groups is None:",
        (
            "test_models_experiment_intervals.py"
            "::test_the_interval_of_groups_has_its_nominal_coverage",
        ),
    ),
    Mutation(
        "lead-decides", "verdict", "models/experiment/advice.py",
        "if gap.significant and gap.value >= facts.margin:", "if gap.value >= facts.margin:",
        (
            "test_models_experiment_advice.py"
            "::test_the_answer_is_open_where_the_heavier_may_be_better_by_the_margin",
        ),
    ),
    Mutation(
        "lucky-guess-counts", "verdict", "models/experiment/advice.py",
        "return self.defined(name) and self.over_guessing(name).significant",
        "return self.defined(name) and self.over_guessing(name).value > 0",
        (
            "test_models_experiment_advice.py"
            "::test_guessing_is_recognized_in_19_of_20_draws",
        ),
    ),
    Mutation(
        "copies-cross-splits", "verdict", "models/experiment/copies.py",
        "table = table.assign(together=[group[row] for row in joined])",
        'table = table.assign(together=table["group"])',
        (
            "test_models_experiment_copies.py"
            "::test_copies_of_other_speakers_are_found_and_split_as_one",
        ),
    ),
)
# fmt: on
