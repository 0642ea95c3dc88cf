"""Predictions with any saved model: `load_predictor(path)` returns a `Predictor`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like import _check
from kapre_like.audio.decode import Sound
from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.artifact.clip_input import about, array_of, each_clip, sounds_of
from kapre_like.models.artifact.length_rule import LengthRule, predict_by_rule
from kapre_like.models.artifact.readers import reader_of
from kapre_like.models.artifact.records import (
    calibration_facts,
    class_answer,
    logarithms,
    refusal,
    score_answer,
    sound_facts,
)
from kapre_like.models.artifact.stages import Stage, input_stages

# Tasks whose answer is a text: those of our networks, and of checkpoints of Hugging Face.
TEXT_TASKS = ("transcribe", "ctc")
# Clips, and seconds of sound, held in memory and handed to a model at once.
BATCH = 32
HELD_SECONDS = 600.0


def load_predictor(path: str | Path, **options: Any) -> "Predictor":
    """Opens a saved model of any kind for prediction.

    Args:
        path: A folder that `kapre-like train` wrote, of any family; a `.keras` file; what
            `kapre_like.export` wrote (SavedModel, `.tflite`, `.onnx`); the folder of a
            speech encoder's checkpoint as `transformers` writes it, or its name on the
            Hugging Face hub; or what a reader of another package recognizes.
        **options: What the reader of a checkpoint takes besides, as `from_huggingface` does,
            such as `target_lang="fra"` and `max_seconds=10.0`.

    Returns:
        A `Predictor`.

    Raises:
        ValueError: If it is none of these, or damaged; says what it is and what to do.
        TypeError: If there is no option of a name.
        ImportError: If a package that runs it is missing; names the extra that brings it.

    Example:
        >>> said = kapre_like.load_predictor("checkpoint")(["a.wav", waveform])
        >>> said[0]["text"], said[0]["words"][0]["start"]
    """
    path = Path(path)
    reader = reader_of(path)
    if options and not getattr(reader, "takes_options", False):
        fix = "Only checkpoints of Hugging Face have options."
        _check.fail("load_predictor", "options", f"none for {reader.kind}", options, fix)
    return Predictor(reader.open(path, **options), source=str(path))


class Predictor:
    """A model as a function from sound to predictions.

    It decodes files, averages channels, resamples, applies the model's length rule and batches.

    Args:
        model: What a reader opened, or a trained family.
        source: What to call it in messages; `None` is the recipe's family.

    Attributes:
        recipe: Dict: how the model was made, as far as the model says it.
        source: As given.
        task: `"classify"`, `"regress"`, `"transcribe"`, `"ctc"` or `"frames"`.
        class_names: List of strings, or `None`.
        sample_rate: Int, Hz, that the model takes.
        channel: What is heard of a file: `"mix"`, `"split"` or the number of a channel; as in
            training. It may be set.
        length_rule: A `LengthRule`.
        calibration: A `Calibration`, or `None`.
        calibrates_itself: Whether the model's own output is calibrated, as that of a file is.
        min_confidence: From which probability on an answer is confident. `None`: by the
            thresholds of the calibration. It may be set.
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
        """Sets how a model for text reads its output.

        Args:
            decoder: A `kapre_like.models.text.decoder.Decoder`.

        Raises:
            ValueError: If the model does not answer in text.
        """
        if self.task not in TEXT_TASKS:
            rule = f"None: {self.source} answers no text"
            _check.fail("Predictor", "decoder", rule, decoder)
        self.model.decoder = decoder

    def predict(
        self, clips: Any, sample_rate: int | None = None, *, on_error: str = "fail"
    ) -> list[dict[str, Any]]:
        """Returns the predictions for clips, one record each, in order.

        Args:
            clips: A path, a `Part` or an array, or several of these. Files may have any rate,
                width and number of channels. Arrays are floats in [-1, 1], `(samples,)` or
                `(samples, channels)`; a dict of `raw` (or `array`) and `sampling_rate` says
                its own rate.
            sample_rate: Int > 0, Hz, of the arrays; `None` is the model's.
            on_error: `"fail"` raises at the first bad or damaged clip; `"skip"` gives a bad
                one a record that holds `error`, one line, in place of an answer.

        Returns:
            Records with `path` for a file, and `label`, `probability` and `probabilities` (by
            class), or `score`, or `error`. A calibrated model adds `confident`, whether the
            probability reaches the threshold of its class, or `interval`, the ends of the
            interval that contains 90 % of the true scores. Several scores are `scores` by name;
            a network whose classes do not exclude each other also gives `labels`, those of a
            probability of 0.5 or more. A network for text gives `text` and `words`, each with
            `word`, `start` and `end` in seconds, and `confidence`; one that labels frames
            `segments`, each with `label`, `start` and `end`. What is wrong with a file that was
            read is in `problems`, and `damaged` is true if sound is missing. A model made of
            several says with `answered_by` which of them answered. A model that hears the
            channels apart gives a record for each, with its `channel`.

        Raises:
            ValueError: For a bad clip under `"fail"`.
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
        for held in self._held(clips, sample_rate):
            good = [waveform for _, waveform in held if waveform is not None]
            answers = iter(self._answers(good) if good else [])
            for record, waveform in held:
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
            ValueError: For a bad clip, a model that answers per frame, or the raw
                output of a file that contains its calibration.
        """
        if not calibrated and self.calibrates_itself and self.calibration is not None:
            fix = "Its raw output is that of the folder that it was made of"
            _check.fail("Predictor", "calibrated", f"True for {self.source}", calibrated, fix)
        parts = []
        for held in self._held(clips, sample_rate):
            for record, waveform in held:
                if waveform is None:
                    raise ValueError(record["error"])
            waveforms = [waveform for _, waveform in held]
            parts.append(self._outputs(waveforms, calibrated=calibrated))
        if not parts:
            raise ValueError("Predictor: expects at least one clip. Received: none.")
        return np.concatenate(parts)

    def explain(self, clip: Any, sample_rate: int | None = None) -> list[Stage]:
        """Returns the steps from one clip to its prediction.

        The file, the waveform that the model is given, the windows of its length rule, what
        its front end and its last layer computed where the model can say so, and the answer.

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

        Of a model that hears the channels apart, the first.
        """
        return next(self._sounds(clip, sample_rate))[1].waveform

    def _sounds(self, clip: Any, sample_rate: int | None) -> Iterator[tuple[str, Sound]]:
        return sounds_of(
            clip, sample_rate=self.sample_rate, given_rate=sample_rate, channel=self.channel
        )

    def _held(
        self, clips: Any, sample_rate: int | None
    ) -> Iterator[list[tuple[dict[str, Any], np.ndarray | None]]]:
        """Some clips at a time: a record each, and the waveform, or the error in the record."""
        held: list[tuple[dict[str, Any], np.ndarray | None]] = []
        samples = 0
        for record, waveform in self._each_heard(clips, sample_rate):
            held.append((record, waveform))
            samples += 0 if waveform is None else len(waveform)
            if len(held) == BATCH or samples >= HELD_SECONDS * self.sample_rate:
                yield held
                held, samples = [], 0
        if held:
            yield held

    def _each_heard(
        self, clips: Any, sample_rate: int | None
    ) -> Iterator[tuple[dict[str, Any], np.ndarray | None]]:
        """Each clip, or each of its channels: its record, and its waveform or `None`."""
        for clip in each_clip(clips):
            try:
                for channel, sound in self._sounds(clip, sample_rate):
                    yield about(clip) | sound_facts(channel, sound), self._kept(sound.waveform)
            except (ValueError, OSError) as error:
                yield {**about(clip), "error": str(error)}, None

    def _kept(self, waveform: np.ndarray) -> np.ndarray:
        """What must be held of a clip: the rest of an hour must not wait for its batch."""
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
        """The model's output as its calibration makes it, unless it is that already."""
        if self.calibrates_itself or self.calibration is None:
            return output
        return self.calibration.apply(output)

    def _raw(self, waveforms: list[np.ndarray]) -> np.ndarray:
        """What the model says of whole clips."""
        if self._cuts_itself:
            return np.asarray(self.model.predict(waveforms))
        # Families that apply the rule themselves leave a single window unchanged.
        return predict_by_rule(
            self.model.predict, waveforms, self.length_rule, self.sample_rate
        )

    def limits(self) -> list[float] | None:
        """Returns from which probability on each class is confident; `None` if unknown."""
        if self.task != "classify" or self.recipe.get("several"):
            return None
        if self.min_confidence is not None:
            return [self.min_confidence] * len(self.class_names)
        return None if self.calibration is None else self.calibration.limits()

    def _answer(self, row: Any) -> dict[str, Any]:
        if self.task == "regress":
            return score_answer(row, self.class_names, self.calibration)
        several = bool(self.recipe.get("several"))
        return class_answer(row, self.class_names, self.limits(), several=several)
