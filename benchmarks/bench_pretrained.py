"""How long does a pretrained network take for one clip, compared with the LiteRT interpreter?

    KERAS_BACKEND=tensorflow python benchmarks/bench_pretrained.py --weights yamnet.tflite \\
        --out benchmarks/results/pretrained.jsonl

The input is one clip of 1 s of noise at 16 kHz; the output is embeddings. Our network is one
TensorFlow graph for any length. The rival is the published file in the interpreter with two
threads, called once for each window or patch that our network computes. YAMNet's file has 8-bit
weights and activations. `speech_embedding` needs the installed package `pyopen-wakeword`, and
YAMNet needs `--weights`; otherwise the network is left out.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
from harness import race, report

from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.pretrained.networks import speech_embedding, yamnet

RATE, THREADS = 16000, 2


def interpreter(path, samples=None, threads=THREADS):
    """Returns a function from the interpreter's first input to the list of its outputs."""
    from ai_edge_litert.interpreter import Interpreter

    opened = Interpreter(str(path), num_threads=threads)
    index = opened.get_input_details()[0]["index"]
    if samples:
        opened.resize_tensor_input(index, (1, samples))
    opened.allocate_tensors()
    outputs = [detail["index"] for detail in opened.get_output_details()]

    def call(x):
        opened.set_tensor(index, x)
        opened.invoke()
        return [opened.get_tensor(number) for number in outputs]

    return call


def ours(model, output, seconds):
    """Returns a function that computes one output of a random clip, and the clip."""
    rng = np.random.default_rng(0)
    waveform = rng.normal(0, 0.1, (1, round(seconds * RATE))).astype("float32")
    predict = compiled(keras.Model(model.inputs, model.output[output]))
    length = np.array([waveform.shape[1]], "int32")
    return (lambda: predict(waveform, length)), waveform


def cut_clip(model, waveform):
    """Returns the samples that the network processes, with its zero padding."""
    padded = keras.Model(model.inputs, model.get_layer("padding").output)
    samples, length = padded([waveform, np.array([waveform.shape[1]], "int32")])
    return np.asarray(samples)[:, : int(length[0])]


def speech(seconds):
    """Returns the rivals for the embeddings of every window, and the number of windows."""
    folder = Path(find_spec("pyopen_wakeword").submodule_search_locations[0]) / "models"
    model = speech_embedding(folder / "embedding_model.tflite")
    call, waveform = ours(model, "embeddings", seconds)
    samples = cut_clip(model, waveform) * 32768
    mel = interpreter(folder / "melspectrogram.tflite", samples.shape[1])
    network = interpreter(folder / "embedding_model.tflite")

    def theirs():
        spectrogram = mel(samples)[0][0, 0] / 10 + 2
        starts = range(0, len(spectrogram) - 75, 8)
        return np.stack([network(spectrogram[None, s : s + 76, :, None])[0] for s in starts])

    expected = theirs().reshape(-1, 96)
    np.testing.assert_allclose(call()[0], expected, atol=1e-4 * np.abs(expected).max())
    return {"kapre_like": call, "LiteRT": theirs}, {"windows": len(expected)}


def yamnet_of(path, seconds):
    """Returns the rivals for the scores of every patch, and the number of patches.

    The networks are compared on the interpreter's spectrogram, because its Fourier transform
    has 8 bits too.
    """
    model = yamnet(path)
    call, waveform = ours(model, "scores", seconds)
    samples, network = cut_clip(model, waveform), interpreter(path)
    starts = range(0, samples.shape[1] - 15599, 7680)

    def theirs():
        return np.concatenate([network(samples[:, s : s + 15600])[0] for s in starts])

    patches = np.stack([network(samples[:, s : s + 15600])[1] for s in starts])
    found = np.asarray(model.get_layer("patches").network(patches[..., None])[1])
    expected = theirs()
    assert np.abs(found - expected).max() < 0.06
    assert call()[0].shape == expected.shape
    return {"kapre_like": call, "LiteRT, 8 bits": theirs}, {"patches": len(expected)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="yamnet.tflite")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    networks = {}
    if find_spec("pyopen_wakeword"):
        networks["speech_embedding"] = lambda: speech(arguments.seconds)
    if arguments.weights:
        networks["yamnet"] = lambda: yamnet_of(arguments.weights, arguments.seconds)
    rounds = 5 if arguments.quick else 50
    for name, make in networks.items():
        rivals, setting = make()
        setting |= {"clip_s": arguments.seconds, "rounds": rounds, "threads": THREADS}
        report(name, race(rivals, rounds=rounds), out=arguments.out, **setting)


if __name__ == "__main__":
    main()
