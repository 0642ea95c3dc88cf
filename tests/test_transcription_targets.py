"""What the CTC loss is given: numbers of tokens, clips that fit, and batches of both."""

import numpy as np
import pandas as pd
import pytest
from spoken_tones import TEXTS, write_spoken

from kapre_like.audio import hold_out, read_dataset
from kapre_like.models.text import Vocabulary
from kapre_like.models.training.transcription.settings import TextSettings
from kapre_like.models.training.transcription.targets import (
    frames_needed,
    learned_vocabulary,
    targets_of,
    unlearnable_rows,
)


def table_of(*rows):
    return pd.DataFrame(
        [
            {"path": f"{i}.wav", "digest": str(i), "label": text, "duration_s": seconds}
            for i, (text, seconds) in enumerate(rows)
        ]
    )


def test_a_text_is_padded_with_minus_one_behind_its_end():
    vocabulary = learned_vocabulary(TextSettings(), ["Ab, b!", "a"])
    assert vocabulary.kind == "characters"
    targets = targets_of(["Ab, b!", "a"], vocabulary)
    assert targets.dtype == np.int32
    assert vocabulary.text(targets[0]) == "ab b"
    assert targets[1].tolist() == [vocabulary.encode("a")[0], -1, -1, -1]


def test_texts_of_few_words_are_written_in_words():
    digits = ["eight", "five", "four", "nine", "one", "seven", "six", "three"]
    texts = [f"{first.title()} {second}!" for first in digits for second in digits]
    vocabulary = learned_vocabulary(TextSettings(), texts)
    assert vocabulary.tokens == ("<blank>", "▁", *(f"▁{word}" for word in digits))
    numbers = vocabulary.encode("five five one")
    assert numbers == [3, 1, 3, 1, 6]
    assert vocabulary.text(numbers) == vocabulary.text([3, 3, 6]) == "five five one"
    [found] = unlearnable_rows(table_of(("seven zero", 1.0)), vocabulary, lambda _: 99)
    assert found["reason"] == "its transcript has words that are not in the vocabulary: 'zero'"


@pytest.mark.parametrize(
    "texts",
    [
        [f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(61)]
        * 10,  # too many words
        ["yes no"] * 99,  # too few words
        [f"{a} {b}" for a in "abcdefghi" for b in "abcd"],  # too rare
    ],
)
def test_texts_of_many_words_are_spelled(texts):
    assert learned_vocabulary(TextSettings(), texts).kind == "characters"


@pytest.mark.parametrize(
    ("numbers", "frames"), [([], 0), ([3], 1), ([3, 4], 2), ([3, 3], 3), ([3, 3, 3, 4, 4], 8)]
)
def test_a_repeated_token_needs_a_blank_in_between(numbers, frames):
    assert frames_needed(numbers) == frames


def test_a_clip_that_is_shorter_than_its_transcript_is_found_with_its_numbers():
    vocabulary = Vocabulary.learned(["zoo"])
    table = table_of(("zoo", 0.4), ("zoo", 0.3))
    [found] = unlearnable_rows(table, vocabulary, lambda seconds: round(10 * seconds))
    assert found["path"] == "1.wav"
    assert found["reason"] == (
        "too short for its transcript: 0.30 s give 3 frames, and 3 tokens need 4"
    )


def test_characters_that_a_vocabulary_lacks_are_named():
    table = table_of(("oz", 1.0), ("zoë", 1.0), ("?!", 1.0))
    found = unlearnable_rows(table, Vocabulary.learned(["zoo"]), lambda _: 99)
    assert [row["reason"] for row in found] == [
        "its transcript has characters that are not in the vocabulary: 'ë'",
        "its transcript is empty after normalization",
    ]


@pytest.mark.parametrize("column", ["label", "text", "transcript", "sentence"])
def test_the_column_of_transcripts_is_found_under_its_usual_names(tmp_path, column):
    manifest = write_spoken(tmp_path / column, speakers=1, column=column)
    table = read_dataset(manifest, task="transcribe")
    assert table["label"].tolist() == TEXTS
    assert table.attrs["has_texts"]
    assert table.attrs["class_names"] is None


def test_whole_speakers_are_held_out_though_every_text_is_another(tmp_path):
    texts = [f"low {'high ' * n}" for n in range(6)]
    table = read_dataset(write_spoken(tmp_path, speakers=12, texts=texts), task="transcribe")
    table["label"] = [f"{text} {i}" for i, text in enumerate(table["label"])]
    held = hold_out(table, seed=0, share=1 / 4)
    assert table["speaker" if "speaker" in table else "group"][held].nunique() == 3
    assert not set(table["group"][held]) & set(table["group"][~held])


def test_batches_hold_the_given_targets_and_begin_with_the_shortest_clips(tmp_path):
    from kapre_like.audio.pipeline import Pipeline
    from kapre_like.audio.scan import scan

    table = read_dataset(write_spoken(tmp_path, speakers=2), task="transcribe")
    table, *_ = scan(table, sample_rate=8000)
    targets = np.arange(2 * len(table), dtype="int32").reshape(-1, 2)
    options = {"sample_rate": 8000, "batch_size": 4, "shuffle": True, "targets": targets}
    pipeline = Pipeline(table, short_first=True, bucket=True, **options)
    first, second = (list(pipeline.epoch(k).as_numpy_iterator()) for k in (0, 1))
    lengths = [n for (_, length), _ in first for n in length]
    assert lengths == sorted(lengths)
    assert [n for (_, length), _ in second for n in length] != lengths
    for epoch in (first, second):
        seen = np.concatenate([labels for _, labels in epoch])
        assert sorted(seen[:, 0].tolist()) == targets[:, 0].tolist()
        rows = {int(row[0]): length for (_, n), labels in epoch
                for row, length in zip(labels, n, strict=True)}  # fmt: skip
        for number, seconds in enumerate(table["duration_s"]):
            assert rows[2 * number] == round(seconds * 8000)


def test_targets_of_another_number_of_rows_are_refused(tmp_path):
    from kapre_like.audio.pipeline import Pipeline

    table = read_dataset(write_spoken(tmp_path, speakers=1), task="transcribe")
    with pytest.raises(ValueError, match=r"`targets` must be 6 rows, as in the table"):
        Pipeline(table, sample_rate=8000, targets=np.zeros((5, 2), "int32"))


def test_a_learning_curve_of_texts_needs_no_group_that_has_them_all(tmp_path):
    from kapre_like.models.experiment.splitting import Stage
    from kapre_like.models.experiment.subsets import subsets

    table = read_dataset(write_spoken(tmp_path, speakers=16), task="transcribe")
    table["label"] = [f"{text} {i}" for i, text in enumerate(table["label"])]
    parts = []
    for first, last in ((0, 12), (12, 14), (14, 16)):
        names = [f"s{i}" for i in range(first, last)]
        part = table[table["group"].isin(names)].reset_index(drop=True)
        part.attrs = dict(table.attrs)
        parts.append(part)
    planned = subsets([Stage("test", *parts)], seed=0)
    assert min(subset.stage.train["group"].nunique() for subset in planned) < 4
