"""Predicts with an exported SavedModel: needs TensorFlow and soundfile, but not kapre_like.

    python examples/predict_savedmodel.py demo/savedmodel FILE...

A server does the same: read raw audio, mix it to mono, pad the batch and pass the length of
each clip. The model computes the spectrogram, handles the padding and contains the class names.
"""

import argparse
import os
import sys

import numpy as np
import soundfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf  # noqa: TID251 -- an example of serving without the library


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="folder of the SavedModel")
    parser.add_argument("files", nargs="+", help="audio files at the model's sample rate")
    args = parser.parse_args()

    model = tf.saved_model.load(args.model)
    predict = model.signatures["serving_default"]

    clips = [soundfile.read(file, dtype="float32", always_2d=True)[0] for file in args.files]
    clips = [clip.mean(axis=1) for clip in clips]
    length = np.array([len(clip) for clip in clips], "int32")
    waveform = np.zeros((len(clips), length.max()), "float32")
    for row, clip in zip(waveform, clips, strict=True):
        row[: len(clip)] = clip

    outputs = predict(waveform=tf.constant(waveform), length=tf.constant(length))
    if "score" in outputs:
        answers = [f"{float(score):.3f}" for score in outputs["score"].numpy().ravel()]
    else:
        labels = [label.decode("utf-8") for label in outputs["label"].numpy().ravel()]
        best = outputs["probabilities"].numpy().max(axis=1)
        # A model without calibration has no output `confident`.
        confidence = (
            outputs["confident"].numpy() if "confident" in outputs else [True] * len(best)
        )
        answers = [
            f"{label}  {p:.3f}" + ("" if confident else "  not confident")
            for label, p, confident in zip(labels, best, confidence, strict=True)
        ]
    for file, answer in zip(args.files, answers, strict=True):
        print(f"{file}  {answer}")
    # Fails if anything imported the library.
    return 1 if "kapre_like" in sys.modules else 0


if __name__ == "__main__":
    sys.exit(main())
