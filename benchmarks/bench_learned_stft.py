"""Does a step of the learned STFT cost less than Keras's and nnAudio's, forward and backward?

    python benchmarks/bench_learned_stft.py --out benchmarks/results/learned_stft.jsonl

n_fft 512, hop 160, periodic Hann window, not centred. A step is the mean power of the spectrum
and its gradient by every kernel. All start from the Fourier transform, so the powers must
agree before anything is timed. nnAudio takes part if it and PyTorch are installed.
"""

import argparse
import sys
from functools import partial

import keras
import numpy as np
import tensorflow as tf
from harness import race, report

from kapre_like.layers import StftMagnitude

RATE, N_FFT, HOP = 16000, 512, 160
SIZES = ((16, 10.0), (32, 1.0))


def waveforms(clips, seconds):
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal((clips, int(seconds * RATE)))).astype("float32")


def tensorflow_rival(power, layer):
    """`(x) -> power` and the step of a Keras layer that has been built."""

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(power(x))
        return [loss, *tape.gradient(loss, [w.value for w in layer.trainable_weights])]

    return power, step


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
    # It counts what is between 0 Hz and half the rate twice; the work is the same.
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


RIVALS = {
    "kapre_like.StftMagnitude(learn_stft='kernels')": ours,
    "keras.layers.STFTSpectrogram": keras_layer,
    "nnAudio.STFT(trainable=True)": nnaudio_layer,
}


def rivals():
    """`{name: (power, step)}` of those that are installed; asserts that they agree."""
    found, x = {}, waveforms(2, 0.5)
    for name, make in RIVALS.items():
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name} does not take part: {error}", file=sys.stderr)
    powers = {name: np.asarray(power(tf.constant(x))) for name, (power, _) in found.items()}
    expected = next(iter(powers.values()))
    for name, power in powers.items():
        # DESIGN.md: linear values to 1e-4 of the peak.
        np.testing.assert_allclose(
            power, expected, atol=1e-4 * expected.max(), rtol=0, err_msg=name
        )
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="does it run? judges nothing")
    parser.add_argument("--out", help="append JSON lines to this file; else they are printed")
    options = parser.parse_args()
    found = rivals()
    rounds = 2 if options.quick else options.rounds
    for clips, seconds in ((2, 0.2),) if options.quick else SIZES:
        x = tf.constant(waveforms(clips, seconds))
        results = race({n: partial(step, x) for n, (_, step) in found.items()}, rounds=rounds)
        report(
            "learned STFT, forward and backward", results, out=options.out, clips=clips,
            seconds=seconds, sample_rate=RATE, n_fft=N_FFT, hop_length=HOP, dtype="float32",
            rounds=rounds,
        )  # fmt: skip


if __name__ == "__main__":
    main()
