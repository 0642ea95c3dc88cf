"""Copies of recordings: found while reading, listed, and kept in one split."""

import numpy as np
import pandas as pd
import pytest
import soundfile
from small_corpus import write_manifest
from test_audio_fingerprint import RATE, utterance

from kapre_like.models.experiment.clip_rows import from_json, to_json
from kapre_like.models.experiment.clips import read_clips
from kapre_like.models.experiment.compare import compare
from kapre_like.models.experiment.splitting import stages, training_rows
from kapre_like.models.experiment.train import train

LEVEL = "fake_family:Level"
SPEAKERS = [f"s{number}" for number in range(6)]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    """Two labels by six speakers, twelve files; `s0-a.flac` and `s1-a.mp3` are copies."""
    folder = tmp_path_factory.mktemp("sounds")
    for number, speaker in enumerate(SPEAKERS):
        for offset, label in enumerate("ab"):
            sound = utterance(2 * number + offset, 0.6)
            soundfile.write(folder / f"{speaker}-{label}.wav", sound, RATE)
    first, _ = soundfile.read(folder / "s0-a.wav")
    second, _ = soundfile.read(folder / "s1-a.wav")
    soundfile.write(folder / "s0-a.flac", first, RATE)
    soundfile.write(folder / "s1-a.mp3", 0.5 * second, RATE)
    return folder


@pytest.fixture
def manifest(sounds, tmp_path):
    """Writes the twelve files and further rows; `splits` by speaker."""

    def write(*more, splits=None, without=()):
        rows = [
            {"path": f"{speaker}-{label}.wav", "label": label, "speaker": speaker}
            for speaker in SPEAKERS
            for label in "ab"
        ]
        rows += [dict(zip(("path", "label", "speaker"), one, strict=True)) for one in more]
        for row in rows:
            row["path"] = str(sounds / row["path"])
            if splits:
                row["split"] = splits[row["speaker"]]
        rows = [{k: v for k, v in row.items() if k not in without} for row in rows]
        write_manifest(tmp_path / "m.csv", rows)
        return tmp_path / "m.csv"

    return write


def read(path, **options):
    lines = []
    values = {"task": "classify", "sample_rate": RATE, "on_error": "fail", "columns": {}}
    clips = read_clips(path, log=lines.append, **{**values, **options})
    return clips, lines


def names(entries):
    return [[entry["path"].rsplit("/", 1)[1] for entry in entry_list] for entry_list in entries]


def crossing(stage):
    """The sounds that are in two tables of a stage."""
    train, valid, test = (set(table["sound"]) for table in stage[1:])
    return (train & test) | (train & valid) | (valid & test)


def test_data_without_copies_say_nothing(manifest):
    clips, lines = read(manifest())
    assert lines == ["reading 12 clips"]
    assert clips.copies["counts"] == {"identical": 0, "near": 0, "conflicting": 0}
    assert clips.copies["action"] == ""
    assert clips.table["together"].tolist() == clips.table["group"].tolist()


def test_copies_of_other_speakers_are_found_and_split_as_one(manifest):
    clips, lines = read(manifest(("s0-a.flac", "a", "s4"), ("s1-a.mp3", "a", "s5")))
    assert names(clips.copies["identical"]) == [["s0-a.wav", "s0-a.flac"]]
    assert names(clips.copies["near"]) == [["s1-a.wav", "s1-a.mp3"]]
    assert clips.copies["conflicting"] == []
    assert clips.copies["action"] == "copies are kept in one split: 6 groups are split as 4"
    assert sum("recording occurs in" in line for line in lines) == 2
    assert clips.table["group"].nunique() == 6
    for folds in (None, 4, "leave-one-group-out"):
        for seed in range(3):
            for stage in stages(clips, folds=folds, seed=seed, data="d", task="classify"):
                assert not crossing(stage)


def test_more_folds_than_joined_groups_leave_copies_out(manifest):
    clips, _ = read(manifest(("s0-a.flac", "a", "s4"), ("s1-a.mp3", "a", "s5")))
    made = stages(clips, folds=6, seed=0, data="d", task="classify")
    assert len(made) == 6
    assert not any(crossing(stage) for stage in made)
    assert {len(stage.train) + len(stage.valid) + len(stage.test) for stage in made} == {13, 14}


def test_copies_that_join_all_groups_are_left_out_of_training(manifest):
    clips, _ = read(manifest(*(("s0-a.flac", "a", speaker) for speaker in SPEAKERS)))
    assert clips.copies["action"].startswith("copies join all 6 groups")
    (stage,) = stages(clips, folds=None, seed=0, data="d", task="classify")
    assert not crossing(stage)


def test_with_splits_copies_of_test_clips_are_left_out(manifest):
    splits = dict(zip(SPEAKERS, ["train"] * 4 + ["valid", "test"], strict=True))
    path = manifest(("s0-a.flac", "a", "s5"), ("s1-a.mp3", "a", "s4"), splits=splits)
    clips, lines = read(path)
    kept = {row.rsplit("/", 1)[1] for row in clips.table["path"]}
    assert {"s0-a.flac", "s1-a.mp3"} <= kept
    assert not {"s0-a.wav", "s1-a.wav"} & kept
    assert clips.copies["left_out"] == 2
    assert lines[-1] == "2 copies of test or validation clips are left out"
    assert {entry["split"] for entry in clips.copies["identical"][0]} == {"train", "test"}


def test_train_leaves_out_what_is_also_tested(manifest, tmp_path, sounds):
    splits = dict(zip(SPEAKERS, ["train"] * 5 + ["test"], strict=True))
    path = manifest(("s0-a.wav", "a", "s5"), splits=splits)
    lines = []
    recipe = train(path, model=LEVEL, out=tmp_path / "m", log=lines.append)
    assert "1 clip that is also a test clip is left out" in lines
    assert recipe["trained_on"]["n"] + recipe["validated_on"]["n"] == 9


def test_repeated_rows_count_once_and_two_labels_are_listed(manifest):
    path = manifest(("s2-a.wav", "a", "s2"), ("s3-b.wav", "a", "s3"))
    clips, lines = read(path)
    assert len(clips.table) == 13
    assert clips.copies["repeated_rows"] == 1
    assert "1 row repeats another and is counted once" in lines
    (conflict,) = clips.copies["conflicting"]
    assert [entry["label"] for entry in conflict] == ["b", "a"]
    assert any("two or more labels" in line for line in lines)


def test_without_groups_copies_are_kept_together(manifest):
    clips, _ = read(manifest(("s0-a.flac", "a", "x"), without=("speaker",)))
    assert clips.copies["action"] == "copies are kept in one split: 13 files are split as 12"


def test_silent_clips_are_no_copies(tmp_path):
    for number in range(6):
        soundfile.write(tmp_path / f"{number}.wav", np.zeros(4000), RATE)
    rows = [{"path": f"{number}.wav", "label": "ab"[number % 2]} for number in range(6)]
    write_manifest(tmp_path / "m.csv", rows)
    clips, _ = read(tmp_path / "m.csv")
    assert clips.copies["counts"] == {"identical": 0, "near": 0, "conflicting": 0}
    assert clips.table["together"].nunique() == 6


def test_channels_of_one_file_are_no_copies(tmp_path):
    for number in range(4):
        stereo = np.stack(2 * [utterance(number, 0.4)], 1)
        soundfile.write(tmp_path / f"{number}.wav", stereo, RATE)
    rows = [{"path": f"{number}.wav", "label": "ab"[number % 2]} for number in range(4)]
    write_manifest(tmp_path / "m.csv", rows)
    clips, _ = read(tmp_path / "m.csv", channel="split")
    assert len(clips.table) == 8
    assert clips.copies["counts"]["identical"] == 0


def test_a_table_survives_json(manifest):
    clips, _ = read(manifest())
    back = from_json(to_json(clips.table))
    pd.testing.assert_frame_equal(back, clips.table, check_dtype=False)
    assert back.attrs == clips.table.attrs


@pytest.mark.parametrize(
    ("speakers", "labels", "words"),
    [(["s0"], "ab", "of one group, but a comparison needs 2"),
     (["s0", "s1"], "a", "holds only the class 'a'")],
)  # fmt: skip
def test_too_little_to_compare_names_what_is_needed(
    manifest, tmp_path, speakers, labels, words
):
    rows = pd.read_csv(manifest())
    few = rows[rows["speaker"].isin(speakers) & rows["label"].isin(list(labels))]
    few.to_csv(tmp_path / "few.csv", index=False)
    with pytest.raises(ValueError, match=words):
        compare(tmp_path / "few.csv", models=[LEVEL], out=tmp_path / "c")


def test_one_speaker_is_trained_on_and_two_clips_are_too_few(manifest, tmp_path):
    rows = pd.read_csv(manifest(("s0-a.flac", "a", "s0"), ("s1-a.mp3", "a", "s0")))
    rows[rows["speaker"] == "s0"].to_csv(tmp_path / "one.csv", index=False)
    clips, _ = read(tmp_path / "one.csv")
    # Of two copies and two others: the one that no class needs is for stopping.
    train_rows, valid_rows = training_rows(clips, seed=0, data="d", task="classify")
    assert sorted(train_rows["label"]) == ["a", "a", "b"]
    assert len(valid_rows) == 1
    rows[:2].to_csv(tmp_path / "two.csv", index=False)
    with pytest.raises(ValueError, match="needs 3 or more"):
        train(tmp_path / "two.csv", model=LEVEL, out=tmp_path / "n")


def test_a_comparison_carries_what_was_found(manifest, tmp_path):
    path = manifest(("s0-a.flac", "a", "s4"))
    result = compare(path, models=[LEVEL], out=tmp_path / "c")
    assert result["data"]["copies"]["counts"]["identical"] == 1
    assert result["data"]["test_groups"] >= 1
    assert result["task_inferred"] is True
