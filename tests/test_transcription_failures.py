"""Reports of a failed transcription training: a diverged loss, or a model without output."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from kapre_like.models.training.transcription.failures import report_failures

RATE = 8000
PEAK = {"peak_rate": 3e-3}


@pytest.fixture
def valid(tmp_path):
    paths = [str(tmp_path / f"{n}.wav") for n in range(3)]
    for path in paths:
        soundfile.write(path, np.full(RATE // 10, 0.1), RATE)
    columns = {"path": paths, "start_s": np.nan, "end_s": np.nan, "label": "a b"}
    return pd.DataFrame(columns)


def model_of(*, epochs, texts=("a",)):
    settings = {"best_epoch": epochs - 1, "notes": []}
    return SimpleNamespace(
        name="conformer",
        recipe={"sample_rate": RATE, "settings": settings},
        history={"train_loss": [1.0] * epochs},
        predict=lambda waveforms: [*texts, *[""] * (len(waveforms) - len(texts))],
    )


@pytest.mark.parametrize(("texts", "collapsed"), [((), True), (("a",), False)])
def test_a_model_without_any_text_has_collapsed(valid, texts, collapsed, recwarn):
    model, lines = model_of(epochs=3, texts=texts), []
    report_failures(model, wrong=False, rates=PEAK, valid=valid, log=lines.append)
    assert model.recipe["settings"]["collapsed"] is collapsed
    assert [str(w.message) for w in recwarn] == lines
    assert model.recipe["settings"]["notes"] == [f"{line}." for line in lines]
    assert [line.partition(":")[0] for line in lines] == [
        "the conformer model outputs no text"
    ] * collapsed


def test_a_loss_that_diverged_late_keeps_the_best_epoch():
    model, lines = model_of(epochs=4), []
    with pytest.warns(UserWarning, match="NaN or infinite in epoch 4"):
        report_failures(model, wrong=True, rates=PEAK, valid=None, log=lines.append)
    assert "weights are those of epoch 3" in lines[0]
    assert "--set peak_rate=0.001)" in lines[0]
    assert model.recipe["settings"]["collapsed"] is False


def test_a_loss_that_diverged_at_once_is_an_error():
    with pytest.raises(
        ValueError, match=r"conformer: the loss of the first .*peak_rate=0\.001"
    ):
        report_failures(model_of(epochs=1), wrong=True, rates=PEAK, valid=None, log=print)
