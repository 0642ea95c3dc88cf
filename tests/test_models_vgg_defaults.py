"""What `vgg` chooses by the clips: row, frames, augmentation, epochs, patience."""

import keras
import numpy as np
import pandas as pd
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32

from kapre_like.models.vgg import ROWS, VGGModel, receptive_field, vgg
from kapre_like.models.vgg.defaults import default_epochs


def chosen(clips, seconds, classes, *, settings=None, epochs=None, crop=None):
    """The settings and epochs for a table of clips of one length, and the line in the log."""
    table = pd.DataFrame({"duration_s": [seconds] * clips})
    names = None if classes is None else [str(i) for i in range(classes)]
    recipe = {"class_names": names, "epochs": epochs, "seconds": crop}
    lines = []
    settings = VGGModel.Settings(**(settings or {}))
    found, wanted = VGGModel._chosen(settings, table, recipe, lines.append)
    (line,) = lines
    return found, wanted, line


def test_epochs_grow_with_the_classes_and_end_with_the_sound():
    names = [str(i) for i in range(200)]
    assert default_epochs(names[:2], 900.0, 2000) == (19, "the default for 2 classes")
    assert default_epochs(names[:10], 900.0, 2000)[0] == 32
    assert default_epochs(names, 900.0, 2000)[0] == 100
    assert default_epochs(None, 100.0, 10) == (20, "the default for scores")
    epochs, reason = default_epochs(names[:50], 3600.0 * 10, 7200)
    assert epochs == 22
    assert reason == "for 10.0 h of sound; 96 is the default for 50 classes"
    assert default_epochs(names[:50], 1e9, 10**8)[0] == 8


def test_few_clips_get_more_epochs():
    names = [str(i) for i in range(7)]
    assert default_epochs(names, 20.0, 10)[0] == 100
    epochs, reason = default_epochs(names, 642.0, 321)
    assert epochs == 78
    assert reason == "the default for 7 classes, 27, and more because 321 clips are few"
    assert default_epochs(names, 900.0, 2000)[0] == 27
    assert default_epochs(None, 642.0, 321)[0] == 20


def test_few_short_clips_get_the_small_row():
    settings, epochs, line = chosen(480, 0.5, 10)
    assert (settings.row, settings.augment, settings.hop_length) == ("small", "light", 160)
    assert (epochs, settings.patience) == (52, None)
    assert line == (
        "vgg: 4.0 min in clips of 0.5 s: row small, a frame every 160 samples, augmentation "
        "light, 52 epochs (the default for 10 classes, 32, and more because 480 clips are few)"
    )


def test_much_sound_in_long_clips_of_many_classes_gets_more():
    settings, epochs, _ = chosen(1600, 5.0, 50)
    assert (settings.row, settings.augment) == ("residual", "environment")
    assert (settings.n_fft, settings.win_length, settings.hop_length) == (1024, 800, 320)
    assert (epochs, settings.patience) == (96, None)
    # A crop counts as the length of the clip.
    assert chosen(1600, 5.0, 50, crop=1.0)[0].hop_length == 160


def test_what_a_user_sets_stays():
    own = {"row": "tiny", "augment": "none", "hop_length": 100, "patience": 2}
    settings, epochs, line = chosen(1600, 5.0, 50, settings=own, epochs=7)
    assert {name: getattr(settings, name) for name in own} == own
    assert epochs == 7
    assert line.endswith("7 epochs (set by the user)")


def test_receptive_field_of_the_residual_row_by_hand():
    # Stem 3, jump 2. A block adds 4 jumps, a pool one jump: 11, 13 | 29, 33 | 65, 73 | 137.
    assert receptive_field("residual").frames == 137


def test_the_residual_row_has_its_stages_and_ignores_padding():
    model = vgg("residual", class_names=["a", "b"], seed=0)
    names = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    blocks = [f"stage{i}_block1_conv{j}" for i in range(1, 5) for j in (1, 2)]
    assert set(blocks) <= set(names)
    assert "stage1_block1_shortcut" not in names  # the width does not change there
    widths = [model.get_layer(name).filters for name in blocks[::2]]
    assert widths == [width for _, width in ROWS["residual"].stages]
    rng = np.random.default_rng(0)
    waveform = rng.normal(0, 0.1, (2, 9000)).astype("float32")
    length = np.array([9000, 5000], "int32")
    waveform[1, 5000:] = 1e3
    together = to_numpy(model([waveform, length]))
    alone = to_numpy(model([waveform[1:, :5000], length[1:]]))
    np.testing.assert_allclose(together[1:], alone, atol=FLOAT32)


@pytest.mark.parametrize("value", ["stret", "missing.yaml"])
def test_an_unknown_recipe_is_refused_before_training(value):
    from kapre_like.models.artifact.families import Job

    settings = VGGModel.Settings(augment=value)
    with pytest.raises(ValueError, match="recipe"):
        VGGModel.check(settings, Job("classify", 16000, None, 3, None, None))
