"""A CTC network from random weights on the "yesno" recordings: one speaker, eight words a file.

A seed selects 45 files for training and 15 for the test. Training files are cut at pauses into
words. A training clip joins one to three words, slightly faster or slower, with a little noise.
Test files remain unchanged, with eight words each. The labels are letters, not words.
"""

import csv
import dataclasses
import itertools
import time
from pathlib import Path

import keras
import numpy as np
import soxr
import tensorflow as tf

from kapre_like.audio.decode import read
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.wav2vec2 import (
    CTCLoss,
    CtcTokenizer,
    decode,
    frame_seconds,
    preset,
    wav2vec2,
)

RATE = 16000
FILES = {"vocab.json": {"<pad>": 0, "<unk>": 1, "|": 2, "Y": 3, "E": 4, "S": 5, "N": 6, "O": 7}}
# Smaller than "wav2vec2-tiny", with frames of 40 ms and normalized layers, to train on a CPU.
CONFIG = {
    "vocab_size": 8,
    "conv_dim": (32,) * 7,
    "conv_kernel": (10, 8, 3, 3, 3, 2, 2),
    "conv_stride": (5, 4, 2, 2, 2, 2, 2),
    "feat_extract_norm": "layer",
    "conv_bias": True,
    "do_stable_layer_norm": True,
    "hidden_size": 96,
    "num_hidden_layers": 3,
    "intermediate_size": 192,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
    "apply_spec_augment": False,
    "hidden_dropout": 0.0,
    "activation_dropout": 0.0,
    "attention_dropout": 0.0,
    "final_dropout": 0.0,
}
BATCH, WORDS, TEST_FILES = 16, (1, 2, 3), 15


def read_yesno(folder):
    """Returns `(waveform, text)` of each file, in the order of the table."""
    with (Path(folder) / "yesno.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        (read(Path(folder) / row["file"], sample_rate=RATE), row["text"].upper())
        for row in rows
    ]


def cut_at_pauses(clip, count):
    """Cuts a clip into `count` words. Returns `None` if no level gives so many."""
    hop = RATE // 100
    energy = np.sqrt(np.mean(clip[: len(clip) // hop * hop].reshape(-1, hop) ** 2, axis=1))
    energy = np.convolve(energy, np.ones(5) / 5, "same")
    for share in np.geomspace(0.25, 0.02, 40):
        runs = _runs(energy > share * np.percentile(energy, 95))
        if len(runs) == count:
            middles = [(a[1] + b[0]) // 2 * hop for a, b in itertools.pairwise(runs)]
            return np.split(clip, middles)
    return None


def _runs(loud):
    """Returns runs of loud frames of 0.12 s or more. Pauses below 0.14 s do not end a run."""
    change = np.diff(np.r_[0, loud.astype(int), 0])
    runs = []
    starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    for start, end in zip(starts, ends, strict=True):
        if runs and start - runs[-1][1] < 14:
            runs[-1][1] = end
        else:
            runs.append([start, end])
    return [run for run in runs if run[1] - run[0] >= 12]


def words_of(clips):
    """Returns `(waveform, word)` of all words of the clips that can be cut at pauses."""
    words = []
    for clip, text in clips:
        names = text.split()
        pieces = cut_at_pauses(clip, len(names))
        words += zip(pieces, names, strict=True) if pieces else []
    return words


def batch(words, tokenizer, rng):
    """Returns `([waveform, length], labels)` of random sequences of words."""
    sounds, texts = [], []
    for _ in range(BATCH):
        chosen = [words[i] for i in rng.integers(len(words), size=rng.choice(WORDS))]
        sound = np.concatenate([sound for sound, _ in chosen])
        rate = round(RATE * rng.uniform(0.85, 1.15))
        sound = soxr.resample(sound, RATE, rate, quality="QQ")
        sounds.append(sound + rng.normal(0, 10 ** rng.uniform(-4, -2.5), len(sound)))
        texts.append(tokenizer.encode(" ".join(name for _, name in chosen)))
    length = np.array([len(sound) for sound in sounds], "int32")
    # Padding to a multiple of 0.5 s reduces the number of shapes.
    waveform = np.zeros((BATCH, -(-length.max() // 8000) * 8000), "float32")
    labels = np.full((BATCH, 4 * max(WORDS)), -1, "int32")
    for i, (sound, text) in enumerate(zip(sounds, texts, strict=True)):
        waveform[i, : len(sound)], labels[i, : len(text)] = sound, text
    return [waveform, length], labels


def train(words, tokenizer, *, steps, rate, seed, log):
    """Trains for `steps`. The learning rate rises for an eighth of them, then falls to 0."""
    config = dataclasses.replace(preset("wav2vec2-tiny"), **CONFIG)
    model = wav2vec2(config, "ctc", card={"tokenizer": FILES}, seed=seed)
    cycle = keras.optimizers.schedules.CosineDecay(
        rate / 50, steps - steps // 8, warmup_target=rate, warmup_steps=steps // 8
    )
    optimizer = keras.optimizers.AdamW(cycle, weight_decay=0.01, clipnorm=1.0)
    loss = CTCLoss(per_label=True, reduction="sum_over_batch_size")
    model.compile(optimizer, loss, jit_compile=False)
    rng, losses = np.random.default_rng(seed), []
    for step in range(1, steps + 1):
        losses.append(float(model.train_on_batch(*batch(words, tokenizer, rng))))
        if step % 50 == 0:
            log(f"step {step}: loss {np.mean(losses[-50:]):.4f}")
    return model


def word_errors(model, clips, tokenizer):
    """Returns the number of word errors and of words. Each file is decoded by itself."""
    wrong, total, predict = 0, 0, compiled(model)
    for clip, text in clips:
        length = np.array([len(clip)], "int32")
        logits = predict(clip[None].astype("float32"), length)
        found = decode(logits, None, tokenizer, seconds=frame_seconds(model))[0].text
        pair = [tf.strings.split([line]).to_sparse() for line in (found, text)]
        wrong += float(tf.edit_distance(*pair, normalize=False)[0])
        total += len(text.split())
    return wrong, total


def run(folder, *, steps=400, rate=2e-3, seed=0, log=print, clips=None):
    """Trains and tests a network, and returns settings and figures."""
    clips = read_yesno(folder) if clips is None else clips
    order = np.random.default_rng(seed).permutation(len(clips))
    test = [clips[i] for i in order[:TEST_FILES]]
    words = words_of([clips[i] for i in order[TEST_FILES:]])
    tokenizer = CtcTokenizer.from_files(FILES)
    start = time.perf_counter(), time.process_time()
    model = train(words, tokenizer, steps=steps, rate=rate, seed=seed, log=log)
    wall, cpu = time.perf_counter() - start[0], time.process_time() - start[1]
    wrong, total = word_errors(model, test, tokenizer)
    results = {
        "word_error_rate": round(wrong / total, 4), "wrong_words": wrong, "test_words": total,
        "test_files": len(test), "train_words": len(words), "parameters": model.count_params(),
        "train_s": round(wall, 1), "train_cpu_s": round(cpu, 1),
    }  # fmt: skip
    return {"steps": steps, "rate": rate, "seed": seed, "config": CONFIG}, results
