"""`Predictor`: a model of any kind as a function from sound to predictions."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.clip_groups import ReadClip, clip_groups
from kapre_like.models.artifact.clip_input import array_of, sounds_of
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.artifact.records import (
    calibration_facts,
    class_answer,
    logarithms,
    refusal,
    score_answer,
)
from kapre_like.models.artifact.stages import Stage, input_stages

# Tasks with text as output: of networks of this library, and of Hugging Face checkpoints.
TEXT_TASKS = ("transcribe", "ctc")


class Predictor:
    """A model as a function from sound to predictions.

    It decodes files, averages channels, resamples, applies the model's length rule and batches.

    Args:
        model: A model that a reader opened, or an instance of a family.
        source: Name of the model in messages. `None` uses the recipe's family.

    Attributes:
        recipe: Dict that describes how the model was made, as far as it is known.
        source: As given.
        task: `"classify"`, `"regress"`, `"transcribe"`, `"ctc"` or `"frames"`.
        class_names: List of strings, or `None`.
        sample_rate: Int, Hz, of the model's input.
        channel: Channel of a file that is used: `"mix"`, `"split"` or the number of a channel.
            By default that of the training. It may be set.
        length_rule: A `LengthRule`.
        calibration: A `Calibration`, or `None`.
        calibrates_itself: Whether the output of `model` is calibrated, as for exported files.
        min_confidence: The lowest confident probability. `None` uses the thresholds of the
            calibration. It may be set.
        model: As given.

    Example:
        >>> predictor = kapre_like.load_predictor("model")
        >>> predictor("call.wav")[0]["label"]
    """

    def __init__(self, model: Any, source: str | None = None) -> None:
        recipe = model.recipe
        self.model, self.recipe = model, recipe
        self.source = str(recipe.get("family", "model")) if source is None else source
        self.task, self.class_names = recipe["task"], recipe["class_names"]
        self.sample_rate: int = recipe["sample_rate"]
        self.channel: str = recipe.get("channel", "mix")
        self.length_rule = LengthRule.of(recipe)
        self.calibration = Calibration.from_json(recipe.get("calibration"))
        self.min_confidence: float | None = None
        self._cuts_itself = getattr(model, "cuts_itself", False)
        self.calibrates_itself = getattr(model, "calibrated", False)

    def read_with(self, decoder: Any) -> None:
        """Sets the decoder of a model for text.

        Args:
            decoder: A `kapre_like.models.text.decoder.Decoder`.

        Raises:
            ValueError: If the model does not output text.
        """
        if self.task not in TEXT_TASKS:
            rule = f"None: {self.source} outputs no text"
            _check.fail("Predictor", "decoder", rule, decoder)
        self.model.decoder = decoder

    def predict(
        self, clips: Any, sample_rate: int | None = None, *, on_error: str = "fail"
    ) -> list[dict[str, Any]]:
        """Returns the predictions for clips, one record each, in order.

        Args:
            clips: A path, a `Part` or an array, or several of these. Files may have any rate,
                width and number of channels. Arrays are floats in [-1, 1], `(samples,)` or
                `(samples, channels)`. A dict of `raw` (or `array`) and `sampling_rate` has its
                own rate.
            sample_rate: Int > 0, Hz, of the arrays. `None` means the model's rate.
            on_error: `"fail"` raises an error for the first bad or damaged clip. `"skip"`
                returns a record with `error`, one line, for a bad clip.

        Returns:
            One dict per clip, with these entries as far as they apply:

            - `path`: the file.
            - `label`, `probability`, and `probabilities` by class; `labels` with a probability
              of 0.5 or more, if classes do not exclude each other.
            - `confident`: whether the probability reaches the threshold of its class, for a
              calibrated model.
            - `score`, or `scores` by name; `interval`: the ends of an interval that contains
              90 % of the true scores, for a calibrated model.
            - `text` and `words`, each with `word`, `start` and `end` in seconds, and
              `confidence`, for a network for text.
            - `segments`, each with `label`, `start` and `end`, for a network that labels
              frames.
            - `answered_by`: which of several models in a model made the prediction.
            - `channel`: its number. With `"split"`, each channel has a record of its own.
            - `problems` of the sound; `damaged`: true if sound is missing.
            - `error`, instead of a prediction.

        Raises:
            ValueError: For a bad or damaged clip with `on_error="fail"`.
        """
        _check.one_of("Predictor", ["fail", "skip"], on_error=on_error)
        records = []
        for record in self.each(clips, sample_rate):
            if on_error == "fail" and ("error" in record or "damaged" in record):
                raise ValueError(refusal(record))
            records.append(record)
        return records

    __call__ = predict

    def each(self, clips: Any, sample_rate: int | None = None) -> Iterator[dict[str, Any]]:
        """Yields the records of `predict`, including those of bad clips."""
        for group in self._groups(clips, sample_rate):
            good = [waveform for _, waveform in group if waveform is not None]
            answers = iter(self._answers(good) if good else [])
            for record, waveform in group:
                yield record if waveform is None else {**record, **next(answers)}

    def outputs(
        self, clips: Any, sample_rate: int | None = None, *, calibrated: bool = True
    ) -> np.ndarray:
        """Returns probabilities `(clips, classes)`, or scores or texts `(clips,)`, as an array.

        Args:
            clips: As in `predict`.
            sample_rate: As in `predict`.
            calibrated: Whether the calibration is applied; `False` returns the raw output.

        Raises:
            ValueError: For a bad clip, a model that labels frames, or the raw output of a
                file that contains its calibration.
        """
        if not calibrated and self.calibrates_itself and self.calibration is not None:
            fix = "For raw output, open the folder that it was exported from"
            _check.fail("Predictor", "calibrated", f"True for {self.source}", calibrated, fix)
        parts = []
        for group in self._groups(clips, sample_rate):
            for record, waveform in group:
                if waveform is None:
                    raise ValueError(record["error"])
            waveforms = [waveform for _, waveform in group]
            parts.append(self._outputs(waveforms, calibrated=calibrated))
        if not parts:
            raise ValueError("Predictor: expects at least one clip. Received: none.")
        return np.concatenate(parts)

    def explain(self, clip: Any, sample_rate: int | None = None) -> list[Stage]:
        """Returns the stages from one clip to its prediction.

        The stages are the file, the waveform that the model processes, the windows of its
        length rule, stages inside the model if it has `explain`, and the prediction.

        Args:
            clip: A path or an array.
            sample_rate: As in `predict`.

        Returns:
            Pairs of a title and a dict of facts, JSON values.
        """
        if isinstance(clip, dict):
            clip, sample_rate = array_of(clip, sample_rate)
        waveform = self.waveform(clip, sample_rate)
        stages = input_stages(clip, waveform, self.sample_rate, sample_rate, self.length_rule)
        inside = getattr(self.model, "explain", None)
        own = list(inside(waveform)) if inside is not None else []
        answer = self._answers([waveform])[0]
        if not own and "probabilities" in answer:
            own = [logarithms(answer["probabilities"])]
        if self.calibration is not None:
            own.append(("calibration", calibration_facts(self.calibration)))
        return [*stages, *own, ("answer", answer)]

    def waveform(self, clip: Any, sample_rate: int | None = None) -> np.ndarray:
        """Returns a clip as 1-D float32 at the model's sample rate, before the length rule.

        With `channel="split"`, it is the first channel.
        """
        sounds = sounds_of(
            clip, sample_rate=self.sample_rate, given_rate=sample_rate, channel=self.channel
        )
        return next(sounds)[1].waveform

    def _groups(self, clips: Any, sample_rate: int | None) -> Iterator[list[ReadClip]]:
        return clip_groups(
            clips,
            sample_rate=self.sample_rate,
            given_rate=sample_rate,
            channel=self.channel,
            cut=self._kept,
        )

    def _kept(self, waveform: np.ndarray) -> np.ndarray:
        """Returns the part of a clip that the model needs, so that long files free memory."""
        if self._cuts_itself or self.length_rule.kind != "center":
            return waveform
        return self.length_rule.cut(waveform, self.sample_rate)[0].copy()

    def _answers(self, waveforms: list[np.ndarray]) -> list[dict[str, Any]]:
        answers = getattr(self.model, "answers", None)
        if answers is not None:
            return answers(waveforms)
        noted = getattr(self.model, "predict_noted", None)
        if noted is None:
            return [self._answer(row) for row in self._outputs(waveforms)]
        output, notes = noted(waveforms)
        rows = zip(self._applied(output), notes, strict=True)
        return [{**self._answer(row), **note} for row, note in rows]

    def _outputs(self, waveforms: list[np.ndarray], *, calibrated: bool = True) -> np.ndarray:
        if self.task in TEXT_TASKS:
            texts = [answer["text"] for answer in self.model.answers(waveforms)]
            return np.array(texts, dtype=object)
        output = self._raw(waveforms)
        return self._applied(output) if calibrated else output

    def _applied(self, output: np.ndarray) -> np.ndarray:
        """Returns the calibrated output, given the output of the model."""
        if self.calibrates_itself or self.calibration is None:
            return output
        return self.calibration.apply(output)

    def _raw(self, waveforms: list[np.ndarray]) -> np.ndarray:
        """Returns the output of the model for whole clips."""
        if self._cuts_itself:
            return np.asarray(self.model.predict(waveforms))
        # Families that apply the rule themselves leave a single window unchanged.
        return predict_by_rule(
            self.model.predict, waveforms, self.length_rule, self.sample_rate
        )

    def limits(self) -> list[float] | None:
        """Returns the lowest confident probability of each class; `None` if unknown."""
        if self.task != "classify" or self.recipe.get("multi_label"):
            return None
        if self.min_confidence is not None:
            return [self.min_confidence] * len(self.class_names)
        return None if self.calibration is None else self.calibration.limits()

    def _answer(self, row: Any) -> dict[str, Any]:
        if self.task == "regress":
            return score_answer(row, self.class_names, self.calibration)
        multi_label = bool(self.recipe.get("multi_label"))
        return class_answer(row, self.class_names, self.limits(), multi_label=multi_label)
