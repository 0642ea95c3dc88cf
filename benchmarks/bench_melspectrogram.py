"""Is `MelSpectrogram` in a TensorFlow graph faster than Keras's layer, Kapre's and plain code?

    python benchmarks/bench_melspectrogram.py --out benchmarks/results/melspectrogram.jsonl

Log-mel in decibels, n_fft 512, hop 160, 80 mels at 16 kHz. First, the output of each rival is
compared with librosa's for the rival's own conventions, clip by clip. Then the rivals take
turns, each with all cores. `tf.signal.stft` and `torch.stft` represent code without an audio
library. `tf.signal.rfft` alone, on frames that exist already, is the part that all rivals need.
Kapre, PyTorch and nnAudio take part if they are installed. Kapre computes 997 frames, because
it does not center them; the others compute 1001. nnAudio computes the Fourier transform as a
convolution with fixed kernels.
"""

import argparse
import sys
from functools import partial

import keras
import librosa
import numpy as np
import tensorflow as tf
from harness import race, report

from kapre_like.layers import MelSpectrogram

RATE, N_FFT, HOP, MELS = 16000, 512, 160, 80
# Clips and seconds: the batch of the goal, a training batch, one short clip.
SIZES = ((16, 10.0), (32, 1.0), (1, 1.0))


def waveforms(clips, seconds):
    """Returns noise with a tone, at four levels in turn, 3 dB apart."""
    rng, n = np.random.default_rng(0), int(seconds * RATE)
    tone = np.sin(2 * np.pi * 440 / RATE * np.arange(n))
    gain = 10 ** (-3 * (np.arange(clips) % 4)[::-1] / 20)
    return ((0.05 * rng.standard_normal((clips, n)) + 0.3 * tone) * gain[:, None]).astype("f4")


def ours():
    layer = MelSpectrogram(sample_rate=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS)

    def expected(clips):
        return [_librosa_db(clip, power=2.0, amin=1e-10).T[..., None] for clip in clips]

    return lambda x: layer(x[..., None]), expected


def keras_layer():
    """HTK mel, triangles linear in mel, height 1, reflect padding, one peak per batch."""
    layer = keras.layers.MelSpectrogram(
        fft_length=N_FFT, sequence_stride=HOP, sampling_rate=RATE, num_mel_bins=MELS,
        min_freq=0.0,
    )  # fmt: skip
    corners = np.linspace(0.0, librosa.hz_to_mel(RATE / 2, htk=True), MELS + 2)
    bins = librosa.hz_to_mel(librosa.fft_frequencies(sr=RATE, n_fft=N_FFT), htk=True)[:, None]
    height = 1 - np.abs(bins - corners[1:-1]) / corners[1]
    bands = np.maximum(height, 0.0)

    def expected(clips):
        options = {"n_fft": N_FFT, "hop_length": HOP, "pad_mode": "reflect"}
        mel = [bands.T @ np.abs(librosa.stft(clip, **options)) ** 2 for clip in clips]
        db = librosa.power_to_db(np.stack(mel), ref=1.0, amin=1e-10, top_db=None)
        return np.maximum(db, np.max(db) - 80.0)

    return layer, expected


def kapre_layer():
    """10 * log10 of the magnitude instead of the power, not centered."""
    import kapre

    layer = kapre.composed.get_melspectrogram_layer(
        n_fft=N_FFT, hop_length=HOP, n_mels=MELS, sample_rate=RATE, return_decibel=True,
        input_data_format="channels_last", output_data_format="channels_last",
    )  # fmt: skip

    def expected(clips):
        return [
            _librosa_db(clip, power=1.0, amin=1e-5, center=False).T[..., None] for clip in clips
        ]

    return lambda x: layer(x[..., None]), expected


def plain_log_mel(x, bands):
    """Returns log-mel of `(clips, samples)` by `tf.signal` and a matrix `(freqs, mels)`."""
    x = tf.pad(x, [(0, 0), (N_FFT // 2, N_FFT // 2)])
    mel = tf.matmul(tf.square(tf.abs(tf.signal.stft(x, N_FFT, HOP))), bands)
    db = 10.0 / np.log(10.0) * tf.math.log(tf.maximum(mel, 1e-10))
    return tf.maximum(db, tf.reduce_max(db, axis=(1, 2), keepdims=True) - 80.0)


def tensorflow_plain():
    """`tf.signal.stft`, power, matrix product and decibels: code without an audio library."""
    bands = tf.constant(librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=MELS).T)

    def expected(clips):
        return [db.T for db in _power_db_per_clip(clips)]

    return lambda x: plain_log_mel(x, bands), expected


def torch_plain():
    """`torch.stft`, power, matrix product and decibels: code without an audio library."""
    import torch

    window = torch.hann_window(N_FFT)
    bands = torch.from_numpy(librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=MELS))

    def layer(x):
        with torch.inference_mode():
            spectrum = torch.stft(
                x, N_FFT, HOP, window=window, pad_mode="constant", return_complex=True
            )
            return _torch_db(torch.matmul(bands, spectrum.abs().square()))

    return layer, _power_db_per_clip


def nnaudio_layer():
    """nnAudio's mel spectrogram with librosa's bands, and the same decibels."""
    import torch
    from nnAudio.features import MelSpectrogram as Rival

    rival = Rival(
        sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS, pad_mode="constant", verbose=False
    )

    def layer(x):
        with torch.inference_mode():
            return _torch_db(rival(x))

    return layer, _power_db_per_clip


def _torch_db(mel):
    db = 10.0 * mel.clamp(min=1e-10).log10()
    return db.maximum(db.amax(dim=(1, 2), keepdim=True) - 80.0)


def _power_db_per_clip(clips):
    return [_librosa_db(clip, power=2.0, amin=1e-10) for clip in clips]


def _librosa_db(clip, *, power, amin, top_db=80.0, **options):
    mel = librosa.feature.melspectrogram(
        y=clip, sr=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS, power=power, **options
    )
    return librosa.power_to_db(mel, ref=1.0, amin=amin, top_db=top_db)


RIVALS = {
    "kapre_like.MelSpectrogram": ours,
    "keras.layers.MelSpectrogram": keras_layer,
    "kapre.composed.get_melspectrogram_layer": kapre_layer,
    "tf.signal.stft": tensorflow_plain,
    "torch.stft": torch_plain,
    "nnAudio.MelSpectrogram": nnaudio_layer,
}


def rivals():
    """Returns `{name: (layer, expected)}` of installed rivals; `expected` uses librosa."""
    found = {}
    for name, make in RIVALS.items():
        try:
            found[name] = make()
        except ImportError as error:
            print(f"{name} does not take part: {error}", file=sys.stderr)
    return found


def assert_agreement(found):
    x = waveforms(3, 1.0)
    for name, (layer, expected) in found.items():
        got = np.asarray(layer(feed(name, x)))
        # Two spectra in float32 agree to 0.01 dB within 80 dB of the peak.
        np.testing.assert_allclose(got, np.asarray(expected(x)), atol=0.01, err_msg=name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    found = rivals()
    assert_agreement(found)
    for clips, seconds in ((2, 0.1),) if options.quick else SIZES:
        time_one_size(
            found, clips, seconds, 2 if options.quick else options.rounds, options.out
        )


def on_torch(name):
    return name.startswith(("torch", "nnAudio"))


def feed(name, x):
    """Returns the batch as a tensor of the rival's framework."""
    if not on_torch(name):
        return tf.constant(x)
    import torch

    return torch.from_numpy(x)


def _rfft_alone(frames):
    return tf.math.real(tf.signal.rfft(frames)[0, 0, 0])


def time_one_size(found, clips, seconds, rounds, out):
    x = waveforms(clips, seconds)
    calls = {
        name: partial(layer if on_torch(name) else tf.function(layer), feed(name, x))
        for name, (layer, _) in found.items()
    }
    frames = tf.random.normal((clips, 1 + int(seconds * RATE) // HOP, N_FFT))
    # Returns one number: spectra are three times as large as mel bands, and copying takes time.
    calls["tf.signal.rfft of ready frames, alone"] = partial(tf.function(_rfft_alone), frames)
    results = race(calls, rounds=rounds)
    for result in results.values():
        result["times_real_time"] = round(1e3 * clips * seconds / result["median_ms"])
    report(
        "log-mel spectrogram in a tf.function, forward", results, out=out, clips=clips,
        seconds=seconds, sample_rate=RATE, n_fft=N_FFT, hop_length=HOP, n_mels=MELS,
        dtype="float32", rounds=rounds,
    )  # fmt: skip


if __name__ == "__main__":
    main()
