"""`predict --stream`: transcribes a microphone or a pipe while the sound arrives."""

import argparse
import json
import struct
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from kapre_like.models.cli.console import Console

# Seconds of sound that are read at a time. They delay a word by at most this much.
CHUNK_S = 0.1
_BYTES = 2  # of a 16-bit sample
_RAW = "16-bit mono samples at {rate} Hz, raw or as WAV"
_FIX = "For example: arecord -f S16_LE -c 1 -r {rate} | kapre-like predict MODEL - --stream"


def follow(options: argparse.Namespace, console: Console, predictor: Any) -> int:
    """Prints the words of standard input; returns the exit code.

    Raises:
        ValueError: If the model cannot process a stream, or the input has another format.
    """
    from kapre_like.models.text.following import Following

    if options.files != ["-"]:
        raise ValueError("--stream reads standard input. Name - in place of files.")
    if not hasattr(predictor.model, "streaming"):
        raise ValueError(
            f"{predictor.source}: cannot process a stream. Train a network for text with "
            "--set causal=true, and name the folder that train wrote."
        )
    network, model = predictor.model.streaming(), predictor.model
    words = Following(model.vocabulary, frame_seconds=model.frame_seconds)
    for samples in _chunks(sys.stdin.buffer, predictor.sample_rate):
        _print(words.push(network.push(samples[None])[0]), options, console)
    _print([*words.push(network.finish()[0]), *words.finish()], options, console)
    return 0


def _print(words: list[Any], options: argparse.Namespace, console: Console) -> None:
    for word in words:
        if options.json:
            facts = {"word": word.text, "start": word.start, "end": word.end}
            facts["confidence"] = round(word.confidence, 4)
            console.result(json.dumps(facts, ensure_ascii=False))
        else:
            console.result(f"{word.start:.2f}\t{word.text}")
    if words:
        sys.stdout.flush()


def _chunks(source: BinaryIO, rate: int) -> Iterator[np.ndarray]:
    """Yields the samples of a stream as they arrive, float32 in [-1, 1]."""
    rest = _after_header(source, rate)
    while True:
        data = source.read1(max(_BYTES, round(CHUNK_S * rate) * _BYTES))
        rest += data
        whole = len(rest) // _BYTES * _BYTES
        samples, rest = np.frombuffer(rest[:whole], "<i2"), rest[whole:]
        if len(samples):
            yield (samples / 32768.0).astype("float32")
        if not data:
            return


def _after_header(source: BinaryIO, rate: int) -> bytes:
    """Skips the header of a WAV file, if there is one; returns bytes that were read after it.

    Raises:
        ValueError: If the header has another rate, width or number of channels.
    """
    begin = source.read(12)
    if begin[:4] != b"RIFF" or begin[8:] != b"WAVE":
        return begin
    while len(head := source.read(8)) == 8:
        name, size = struct.unpack("<4sI", head)
        if name == b"data":
            return b""
        body = source.read(size + size % 2)
        if name == b"fmt ":
            kind, channels, found = struct.unpack("<HHI", body[:8])
            bits = struct.unpack("<H", body[14:16])[0]
            if (kind in (1, 0xFFFE), channels, found, bits) != (True, 1, rate, 16):
                header = f"{bits}-bit, {channels} channels, {found} Hz"
                raise ValueError(
                    f"standard input: is a WAV file of {header}. Expected: "
                    f"{_RAW.format(rate=rate)}. {_FIX.format(rate=rate)}"
                )
    raise ValueError("standard input: ends before the sound of its WAV file begins.")
