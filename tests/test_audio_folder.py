"""`audio.folder`: class folders become labels; without clips it is an error."""

import pytest

from kapre_like.audio.folder import read_folder


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_labels_are_the_folders_names_at_any_depth(tmp_path):
    touch(tmp_path, "no/b.WAV", "no/deep/a.mp3", "yes/c.flac", "yes/notes.txt", "loose.wav")
    touch(tmp_path, ".git/x.wav", "yes/.hidden.wav", "yes/.cache/y.wav", "empty/readme.md")
    table = read_folder(tmp_path)
    assert table["label"].tolist() == ["no", "no", "yes"]
    names = [path.removeprefix(str(tmp_path)) for path in table["path"]]
    assert names == ["/no/b.WAV", "/no/deep/a.mp3", "/yes/c.flac"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "is an empty folder"),
        (["manifest.csv", "clips.txt"], r"no class folders\. Pass .*manifest\.csv instead"),
        (["a.wav", "b.wav"], "are in no class folder"),
        (["yes/readme.md"], "holds no audio file"),
    ],
)
def test_a_folder_without_clips_is_an_error_with_its_reason(tmp_path, names, message):
    touch(tmp_path, *names)
    with pytest.raises(ValueError, match=message):
        read_folder(tmp_path)
