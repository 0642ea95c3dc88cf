"""Tunes the weights of a language model on clips that a network was not trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import numpy as np

from kapre_like.models.artifact.opening import load_predictor
from kapre_like.models.artifact.predictor import TEXT_TASKS, Predictor
from kapre_like.models.artifact.progress import Progress
from kapre_like.models.experiment import clips as clip_tables
from kapre_like.models.experiment.clip_rows import select_rows
from kapre_like.models.experiment.clips import Columns, Log
from kapre_like.models.text.beam_search import beam_search
from kapre_like.models.text.decoder import USUAL_BEAM, Decoder
from kapre_like.models.text.greedy import greedy
from kapre_like.models.text.language_model import LanguageModel
from kapre_like.models.text.measures import Errors, errors
from kapre_like.models.text.normalization import TextRule

# First grid of weights. The second grid has smaller steps and surrounds the best pair.
ALPHAS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0)
BETAS = (-1.0, 0.0, 1.0, 2.0, 3.0)
_FINE_STEPS = (0.125, 0.5)


class _Outputs(NamedTuple):
    """Log probabilities of a network for some clips, and the true texts."""

    logs: list[np.ndarray]
    truth: list[str]
    vocabulary: Any
    frame_seconds: float


def tune_decoder(
    model: str | Path,
    data: str | Path,
    *,
    language_model: str | Path,
    beam: int = USUAL_BEAM,
    on_error: str = "fail",
    log: Log = clip_tables.silent,
    **columns: Unpack[Columns],
) -> dict[str, Any]:
    """Finds the weights of a language model, `alpha` and `beta`, with the lowest WER.

    It uses the validation clips of the model's training if the data contain them, so that the
    test clips remain unused. If the data contain none of them, it uses all clips that the model
    was not trained on.

    Args:
        model: A model for text, as `kapre_like.load_predictor` takes it.
        data: As in `evaluate`.
        language_model: An ARPA file.
        beam: Int > 0, number of prefixes that the beam search keeps.
        on_error: As in `evaluate`.
        log: Called with one line at a time.
        **columns: Columns of the manifest.

    Returns:
        `alpha`, `beta`, `beam`, `wer`; `wer_greedy` and `wer_beam` without a language model;
        `n`, number of clips; `clips`, a description of these clips; `tried`, a list of
        `[alpha, beta, wer]`.

    Raises:
        ValueError: If the model does not output text, was trained on its validation clips too
            (`--set refit=false` avoids this), or no clip is left.
    """
    decoder = Decoder(beam=beam, language_model=language_model)
    decoder.open()
    predictor = load_predictor(model)
    if predictor.task not in TEXT_TASKS:
        raise ValueError(f"{model}: does not output text, so there is no decoder to tune.")
    table, which = _clips(predictor, data, on_error, log, columns)
    outputs = _outputs(predictor, table, log)
    scores = LanguageModel.from_arpa(language_model)
    tried: dict[tuple[float, float], float] = {}

    def wer(alpha: float, beta: float) -> float:
        pair = (round(alpha, 4), round(beta, 4))
        if pair not in tried:
            options = {"language_model": scores, "alpha": pair[0], "beta": pair[1]}
            tried[pair] = _wer(outputs, beam=beam, **options)
        return tried[pair]

    pairs = [(alpha, beta) for alpha in ALPHAS for beta in BETAS]
    for alpha, beta in Progress(log, "trying weights", len(pairs)).over(pairs):
        wer(alpha, beta)
    _refine(wer, tried)
    (alpha, beta), best = min(tried.items(), key=lambda item: (item[1], item[0]))
    return {
        "alpha": alpha, "beta": beta, "beam": beam, "wer": best,
        "wer_greedy": _wer(outputs, beam=None), "wer_beam": _wer(outputs, beam=beam),
        "n": len(table), "clips": which,
        "tried": [[*pair, value] for pair, value in sorted(tried.items())],
    }  # fmt: skip


def _refine(wer: Any, tried: dict[tuple[float, float], float]) -> None:
    """Tries the neighbors of the best pair once."""
    (alpha, beta), _ = min(tried.items(), key=lambda item: (item[1], item[0]))
    for step_a in (-_FINE_STEPS[0], 0.0, _FINE_STEPS[0]):
        for step_b in (-_FINE_STEPS[1], 0.0, _FINE_STEPS[1]):
            wer(max(0.0, alpha + step_a), beta + step_b)


def _clips(
    predictor: Predictor, data: Any, on_error: str, log: Log, columns: Columns
) -> tuple[Any, str]:
    """Returns the clips to tune on, and their description."""
    clips = clip_tables.read_clips(
        data, task="transcribe", sample_rate=predictor.sample_rate, on_error=on_error, log=log,
        columns=columns, channel=predictor.channel, splits=("train", "valid"),
    )  # fmt: skip
    table, digests = clips.table, {}
    for name in ("trained_on", "validated_on"):
        known = (predictor.recipe.get(name) or {}).get("digests", [])
        digests[name] = table["digest"].isin(known).to_numpy()
    if digests["validated_on"].any():
        held_out = digests["validated_on"] & ~digests["trained_on"]
        if not held_out.any():
            # The other clips of these data may be those for the test.
            raise ValueError(
                f"{data}: the model was trained on its validation clips in its last epochs. "
                "Train it with --set refit=false, or name data without the clips of its "
                "training."
            )
        return select_rows(table, held_out), "validation clips of the training"
    fresh = select_rows(table, ~digests["trained_on"])
    if fresh.empty:
        raise ValueError(
            f"{data}: the model was trained on every clip. Name data with clips that it was "
            "not trained on, and that are not test clips."
        )
    return fresh, "clips that the model was not trained on"


def _outputs(predictor: Predictor, table: Any, log: Log) -> _Outputs:
    from kapre_like.audio.rows import read_row, rows_of

    rate, opened = predictor.sample_rate, predictor.model
    rows = Progress(log, "computing log probabilities", len(table)).over(rows_of(table))
    logs = [opened.log_probabilities([read_row(row, sample_rate=rate)])[0] for row in rows]
    rule = TextRule()
    truth = [rule(text) for text in table["label"]]
    return _Outputs(logs, truth, opened.vocabulary, opened.frame_seconds)


def _wer(outputs: _Outputs, *, beam: int | None, **options: Any) -> float:
    """Returns the word error rate of a beam search, or of greedy decoding without `beam`."""
    step = {"frame_seconds": outputs.frame_seconds}
    total = Errors()
    for logs, truth in zip(outputs.logs, outputs.truth, strict=True):
        if beam is None:
            text = greedy(logs, outputs.vocabulary, **step).text
        else:
            text = beam_search(logs, outputs.vocabulary, beam=beam, **step, **options)[0].text
        total += errors(truth, TextRule()(text))
    return total.wer


def lines(found: dict[str, Any]) -> Sequence[str]:
    """Returns the result as lines of text."""
    return [
        f"{found['n']} {found['clips']}",
        f"WER, greedy: {100 * found['wer_greedy']:.2f} %",
        f"WER, beam of {found['beam']}: {100 * found['wer_beam']:.2f} %",
        f"WER, beam and language model: {100 * found['wer']:.2f} %",
        f"--alpha {found['alpha']:g} --beta {found['beta']:g}",
    ]
