"""`read_dataset`: the table that everything else learns from."""

import os

import numpy as np
import pytest

from kapre_like import audio
from kapre_like.audio import read_dataset, read_unlabeled


@pytest.fixture
def csv(tmp_path):
    def write(text):
        (tmp_path / "m.csv").write_text(text, "utf-8")
        return tmp_path / "m.csv"

    return write


def test_a_manifest_with_everything(csv, tmp_path):
    text = "path,label,speaker,split,from,to\na.wav,0,x,train,0.5,1\n/b.wav,10,y,test,,\n"
    table = read_dataset(csv(text), start_column="from", end_column="to")
    assert table["path"].tolist() == [str(tmp_path / "a.wav"), "/b.wav"]
    assert table["label"].tolist() == ["0", "10"]
    assert table["group"].tolist() == ["x", "y"]
    assert table["split"].tolist() == ["train", "test"]
    np.testing.assert_array_equal(table["start_s"], [0.5, np.nan])
    expected = {"has_groups": True, "has_splits": True, "class_names": ["0", "10"]}
    assert table.attrs == {**expected, "has_texts": False}


def test_a_manifest_with_the_least(csv):
    table = read_dataset(csv("path,label\na.wav,b\nc.wav,a\n"))
    assert table["group"].tolist() == table["path"].tolist()
    assert table["split"].tolist() == ["", ""]
    assert table["end_s"].isna().all()
    expected = {"has_groups": False, "has_splits": False, "class_names": ["a", "b"]}
    assert table.attrs == {**expected, "has_texts": False}


def test_columns_are_chosen_by_name_and_none_does_without(csv):
    text = "file,word,who,split,speaker\na.wav,x,1,train,s\nb.wav,y,2,test,s\n"
    chosen = {"path_column": "file", "label_column": "word"}
    table = read_dataset(csv(text), **chosen, group_column="who", split_column="none")
    assert table["group"].tolist() == ["1", "2"]
    assert not table.attrs["has_splits"]
    assert not read_dataset(csv(text), **chosen, group_column="none").attrs["has_groups"]


def test_classes_are_in_order_of_number_where_they_are_numbers(csv):
    assert read_dataset(csv("path,label\na,10\nb,9\nc,2\n")).attrs["class_names"] == [
        "2", "9", "10",
    ]  # fmt: skip


def test_a_folder_of_class_folders(tmp_path):
    for name in ("yes/a.wav", "no/b.wav"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    table = read_dataset(tmp_path)
    assert table["label"].tolist() == ["no", "yes"]
    assert table["path"].tolist() == [str(tmp_path / "no/b.wav"), str(tmp_path / "yes/a.wav")]


def test_scores_are_floats(csv):
    table = read_dataset(
        csv("path,score\na,1\nb,-2.5e1\n"), task="regress", label_column="score"
    )
    assert table["label"].tolist() == [1.0, -25.0]
    assert table.attrs["class_names"] is None


def test_leaking_groups_are_one_warning(csv):
    text = "path,label,speaker,split\na,0,x,train\nb,1,x,test\nc,1,y,train\n"
    with pytest.warns(UserWarning, match=r"1 groups \(such as 'x'\) are in more than one"):
        read_dataset(csv(text))


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("path,label\na,0\nb,0\n", {}, "only the class '0'"),
        ("path,word\na,0\n", {}, r"no column 'label'. It has: path, word. .*--label-column"),
        ("path,label\na,0\n", {"group_column": "who"}, "no column 'who'.*--group-column"),
        ("path,label\na,0\n", {"split_column": "set"}, "no column 'set'.*--split-column"),
        ("path,label\na,0\nb,\n", {}, "row 2 has no label"),
        ("path,label\na,0\n ,1\n", {}, "row 2 has no path"),
        ("path,label,speaker\na,0,x\nb,1,\n", {}, "row 2 has no group"),
        ("path,label\na,1\nb,good\n", {"task": "regress"}, "row 2 has the label 'good'"),
        ("path,label\na,1\nb,nan\n", {"task": "regress"}, "row 2 has the label 'nan'"),
        ("path,label\na,1\nb,inf\n", {"task": "regress"}, "row 2 has the label 'inf'"),
        ("path,label,t\na,0,x\nb,1,\n", {"start_column": "t"}, "row 1 has the start_s 'x'"),
        ("path,label\na,0\nb,1\n", {"test_split": "x"}, "no split column.*--split-column"),
        ("path,label,split\na,0,unused\n", {}, "every row is unused"),
    ],
)
def test_bad_manifests_give_one_line_with_the_file_and_the_fix(csv, text, options, message):
    with pytest.raises(ValueError, match=rf"m\.csv: .*{message}") as caught:
        read_dataset(csv(text), **options)
    assert "\n" not in str(caught.value)


def test_data_that_are_not_there(tmp_path):
    with pytest.raises(ValueError, match="no such file or folder"):
        read_dataset(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="is an empty folder"):
        read_dataset(tmp_path)


def test_an_unknown_task_is_named():
    with pytest.raises(
        ValueError, match=r"`task` must be one of \['classify', 'regress', 'transcribe'\]"
    ):
        read_dataset("x.csv", task="cluster")


def test_clips_for_prediction_need_no_labels(csv, tmp_path):
    table = read_unlabeled(csv("file,from\na.wav,0.5\n/b.wav,\n"), path_column="file")
    assert table["path"].tolist() == [str(tmp_path / "a.wav"), "/b.wav"]
    assert table["start_s"].isna().all()
    table = read_unlabeled(tmp_path / "m.csv", path_column="file", start_column="from")
    np.testing.assert_array_equal(table["start_s"], [0.5, np.nan])
    with pytest.raises(ValueError, match="--path-column"):
        read_unlabeled(tmp_path / "m.csv")
    with pytest.raises(ValueError, match="holds no audio file"):
        read_unlabeled(tmp_path)
    (tmp_path / "x" / "y").mkdir(parents=True)
    for name in ("x/y/deep.flac", "top.wav", "x/.hidden.wav"):
        (tmp_path / name).touch()
    found = [str(tmp_path / name) for name in ("top.wav", "x/y/deep.flac")]
    assert read_unlabeled(tmp_path)["path"].tolist() == found


SEMICOLONS = "path;score;from\n"


@pytest.mark.parametrize(
    ("rows", "scores"),
    [
        ("a;3,5;0,25\nb;-4;\n", [3.5, -4.0]),
        ("a;0,125;0\nb;1.234,5;\n", [0.125, 1234.5]),
        ("a;1,234;0\nb;1 000,5;\n", [1.234, 1000.5]),
        ("a;1,5e3;0\nb;2;\n", [1500.0, 2.0]),
    ],
)
@pytest.mark.filterwarnings("ignore:.*semicolons")
def test_decimal_commas_are_read_with_a_warning(rows, scores, csv):
    columns = {"label_column": "score", "start_column": "from"}
    with pytest.warns(UserWarning, match="has decimal commas; '.*' is read as"):
        table = read_dataset(csv(SEMICOLONS + rows), task="regress", **columns)
    assert table["label"].tolist() == scores


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('path,score\na,"1,234"\nb,2\n', "'1,234' can mean a thousand or a decimal comma"),
        ("path;score\na;1,5\nb;2.5\n", "row 1 has the label '1,5'"),
        ("path;score\na;1,5\nb;gut\n", "row 1 has the label '1,5'"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*semicolons")
def test_commas_that_can_mean_two_things_are_refused(text, message, csv):
    with pytest.raises(ValueError, match=message):
        read_dataset(csv(text), task="regress", label_column="score")


def test_paths_count_from_the_audio_root(csv, tmp_path):
    (tmp_path / "sound").mkdir()
    text = csv("path,label\na.wav,x\n/b.wav,y\n")
    paths = [str(tmp_path / "sound" / "a.wav"), "/b.wav"]
    assert read_dataset(text, audio_root=tmp_path / "sound")["path"].tolist() == paths
    assert read_unlabeled(text, audio_root=tmp_path / "sound")["path"].tolist() == paths
    with pytest.raises(ValueError, match=r"nowhere: no such folder\. Correct --audio-root"):
        read_dataset(text, audio_root=tmp_path / "nowhere")
    for read in (read_dataset, read_unlabeled):
        with pytest.raises(ValueError, match="is a folder, and --audio-root is for"):
            read(tmp_path, audio_root=tmp_path)


def test_files_of_another_suffix_are_found_with_a_warning(csv, tmp_path):
    names = ["a.flac", "take.1.wav", "u\u0308.mp3", "sub/c.ogg", "D.WAV", "d.flac", "rec.flac"]
    (tmp_path / "sub").mkdir()
    for name in names:
        (tmp_path / name).touch()
    asked = ["a.wav", "take.1", "\u00fc.wav", "sub\\c.wav", "d.wav", "rec.001", "no.wav"]
    text = csv("path,label\n" + "".join(f"{name},{i}\n" for i, name in enumerate(asked)))
    with pytest.warns(UserWarning, match=r"5 rows name a file.*\(such as a.wav: a.flac\)"):
        table = read_dataset(text)
    found = [*names[:5], "rec.001", "no.wav"]
    assert table["path"].tolist() == [str(tmp_path / name) for name in found]


def test_a_file_of_another_suffix_is_taken_only_if_it_is_the_one(csv, tmp_path):
    for name in ("a.flac", "a.mp3", "b.mp3"):
        (tmp_path / name).touch()
    # Of a two could be meant; b.mp3 has a row of its own.
    text = csv("path,label\na.wav,0\nb.wav,1\nb.mp3,2\n")
    with pytest.warns(
        UserWarning, match=r"1 row names a file .* several others match"
    ) as caught:
        table = read_dataset(text)
    assert "a.flac, a.mp3" in str(caught[0].message)
    assert table["path"].tolist() == [str(tmp_path / n) for n in ("a.wav", "b.wav", "b.mp3")]


@pytest.mark.parametrize("read", [read_dataset, read_unlabeled])
def test_paths_of_a_relative_folder_are_absolute(read, tmp_path, monkeypatch):
    for name in ("x/two/yes/a.wav", "x/two/no/b.wav"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    expected = {str(tmp_path / name) for name in ("x/two/yes/a.wav", "x/two/no/b.wav")}
    for stand, data in ((".", "x/two"), ("x/two", "."), ("x", "two/"), ("x/two/yes", "..")):
        monkeypatch.chdir(tmp_path / stand)
        found = read(data)["path"]
        assert {os.path.normpath(path) for path in found} == expected


def test_the_british_name_of_read_unlabeled_warns():
    with pytest.warns(FutureWarning, match="Use read_unlabeled"):
        assert audio.read_unlabelled is read_unlabeled
