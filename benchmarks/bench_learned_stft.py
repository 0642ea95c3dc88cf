"""Is a training step of the learned STFT or mel spectrogram faster than its rivals' step?

    python benchmarks/bench_learned_stft.py --out benchmarks/results/learned_stft.jsonl

n_fft 512, hop 160, periodic Hann window, not centered. A step computes the mean power of the
spectrum and its gradient with respect to all kernels. All rivals start with the kernels of the
Fourier transform, so their powers must agree before timing. nnAudio takes part if it and
PyTorch are installed.
The second comparison is a learned mel matrix (80 bands, in decibels, centered). Its rival is
`tf.signal.stft` with a variable and the same decibels.
"""

import argparse
import sys
from functools import partial

import keras
import librosa
import numpy as np
import tensorflow as tf
from bench_melspectrogram import plain_log_mel
from harness import race, report

from kapre_like.layers import MelSpectrogram, StftMagnitude

RATE, N_FFT, HOP, MELS = 16000, 512, 160, 80
SIZES = ((16, 10.0), (32, 1.0), (1, 1.0))


def waveforms(clips, seconds):
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal((clips, int(seconds * RATE)))).astype("float32")


def tensorflow_rival(power, layer):
    """Returns `power` and the training step of a built Keras layer."""
    return power, step_of(power, [weight.value for weight in layer.trainable_weights])


def step_of(function, weights):
    """Returns a graph that computes the mean of `function(x)` and its gradient."""

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(function(x))
        return [loss, *tape.gradient(loss, weights)]

    return step


def ours():
    layer = StftMagnitude(
        n_fft=N_FFT, hop_length=HOP, center=False, power=2.0, learn_stft="kernels"
    )
    layer.build((None, None, 1))
    return tensorflow_rival(lambda x: layer(x[..., None])[..., 0], layer)


def keras_layer():
    stft = keras.layers.STFTSpectrogram(
        mode="psd", frame_length=N_FFT, frame_step=HOP, fft_length=N_FFT, periodic=True,
        scaling=None,
    )  # fmt: skip
    stft.build((None, None, 1))
    _, step = tensorflow_rival(lambda x: stft(x[..., None]), stft)
    # Keras doubles all bins but the first and the last. This does not change the time.
    once = np.r_[1.0, np.full(N_FFT // 2 - 1, 0.5), 1.0].astype("float32")
    return lambda x: stft(x[..., None]) * once, step


def nnaudio_layer():
    import torch
    from nnAudio.features import STFT as Rival

    rival = Rival(
        n_fft=N_FFT, hop_length=HOP, center=False, trainable=True, output_format="Complex",
        verbose=False,
    )  # fmt: skip
    kernels = list(rival.parameters())

    def power(x):
        return rival(torch.from_numpy(np.asarray(x))).square().sum(-1).transpose(1, 2)

    def step(x):
        loss = power(x).mean()
        gradients = torch.autograd.grad(loss, kernels)
        return [part.detach().numpy() for part in (loss, *gradients)]

    return lambda x: power(x).detach().numpy(), step


def learned_mel():
    layer = MelSpectrogram(
        sample_rate=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS, learn_mel="matrix"
    )
    layer.build((None, None, 1))
    return tensorflow_rival(lambda x: layer(x[..., None])[..., 0], layer)


def plain_mel():
    bands = tf.Variable(librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=MELS).T)

    def decibels(x):
        return plain_log_mel(x, bands)

    return decibels, step_of(decibels, [bands])


MEL_RIVALS = {
    "kapre_like.MelSpectrogram(learn_mel='matrix')": learned_mel,
    "tf.signal.stft and a variable": plain_mel,
}
RIVALS = {
    "kapre_like.StftMagnitude(learn_stft='kernels')": ours,
    "keras.layers.STFTSpectrogram": keras_layer,
    "nnAudio.STFT(trainable=True)": nnaudio_layer,
}


def rivals(makers):
    """Returns `{name: (function, step)}` of installed rivals and checks their powers."""
    found, x = {}, waveforms(2, 0.5)
    for name, make in makers.items():
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name} does not take part: {error}", file=sys.stderr)
    powers = {name: np.asarray(power(tf.constant(x))) for name, (power, _) in found.items()}
    expected = next(iter(powers.values()))
    for name, power in powers.items():
        # Different formulas in float32 agree to 1e-4 of the peak.
        np.testing.assert_allclose(
            power, expected, atol=1e-4 * np.abs(expected).max(), rtol=0, err_msg=name
        )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    rounds = 2 if options.quick else options.rounds
    sizes = ((2, 0.2),) if options.quick else SIZES
    for what, makers in (("STFT", RIVALS), ("mel", MEL_RIVALS)):
        found = rivals(makers)
        for clips, seconds in sizes:
            x = tf.constant(waveforms(clips, seconds))
            calls = {name: partial(step, x) for name, (_, step) in found.items()}
            report(
                f"learned {what}, forward and backward", race(calls, rounds=rounds),
                out=options.out, clips=clips, seconds=seconds, sample_rate=RATE, n_fft=N_FFT,
                hop_length=HOP, dtype="float32", rounds=rounds,
            )  # fmt: skip


if __name__ == "__main__":
    main()
