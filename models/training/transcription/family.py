"""Base class of the families for speech recognition with CTC."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from kapre_like import _check
from kapre_like.models.artifact.families import Job
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.augment_setting import check_augment
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.labels import fingerprint
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.training.transcription.failures import report_failures
from kapre_like.models.training.transcription.settings import (
    MAX_CLOSED_WORDS,
    TranscriptionSettings,
)
from kapre_like.models.training.transcription.targets import (
    learned_vocabulary,
    targets_of,
    unlearnable_rows,
)
from kapre_like.models.training.transcription.trained import TextModel

if TYPE_CHECKING:
    import keras
    import pandas as pd

MIN_EPOCHS, MAX_EPOCHS = 32, 200
# Steps until a network spells words that it has not learned by heart. On 50 min of read
# sentences `deepspeech2` needs 1000 steps to align its first letters.
OPEN_STEPS = 3000


class TranscribingFamily(TextModel):
    """A network that maps sound to text, trained with the CTC loss.

    A subclass defines the network by `network_of`, `output_frames` and `seconds_per_frame`. It
    may override the vocabulary (`vocabulary_of`) and the optimizer (`compile`).

    Args:
        model: Maps `[waveform, length]` to log probabilities `(batch, frames, tokens)`.
        recipe: As in `recipe.json`; `text` has the vocabulary. Its `settings` also contain
            `epochs`, `best_epoch`, `collapsed`, and in `notes` sentences for the user.
        history: Learning curves: `train_loss`, `valid_loss`, `valid_wer`, `valid_cer`.
    """

    tasks: ClassVar[tuple[str, ...]] = ("transcribe",)
    needs: ClassVar[tuple[str, ...]] = ("tensorflow", "keras", "jiwer")
    install: ClassVar[str] = "kapre-like[tensorflow,text]"
    Settings: ClassVar[type] = TranscriptionSettings
    # Steps for transcripts with a few different words. A network outputs no text for the first
    # few hundred steps, until it aligns some words.
    min_steps: ClassVar[int] = 400

    @classmethod
    def usual_epochs(cls, settings: Any, steps: int, words: int) -> int:
        """Returns the default number of epochs.

        Args:
            settings: An instance of `Settings`.
            steps: Int > 0, steps per epoch.
            words: Int >= 0, different words of the transcripts.
        """
        del settings
        needed = cls.min_steps if words <= MAX_CLOSED_WORDS else OPEN_STEPS
        return min(MAX_EPOCHS, max(MIN_EPOCHS, -(-needed // steps)))

    @classmethod
    def network_of(
        cls,
        settings: Any,
        vocabulary: Vocabulary,
        recipe: dict[str, Any],
        *,
        augmentations: Sequence[Any] = (),
        final: bool = False,
        log: Callable[[str], None] = lambda _: None,
    ) -> "keras.Model":
        """Builds a network that returns log probabilities of tokens.

        Args:
            settings: An instance of `Settings`.
            vocabulary: See `Vocabulary`.
            recipe: Recipe with `sample_rate` and `seed`.
            augmentations: Augmentation layers for spectrograms.
            final: Whether the network is built to receive the trained weights and be saved.
            log: Called with lines that describe the weights.
        """
        raise NotImplementedError

    @classmethod
    def start(
        cls, network: Any, train: Any, vocabulary: Vocabulary, *, recipe: dict, settings: Any
    ) -> None:
        """Changes the weights of a network before its training; by default nothing.

        Args:
            network: From `network_of`.
            train: Table of the training clips.
            vocabulary: See `Vocabulary`.
            recipe: As in `network_of`.
            settings: An instance of `Settings`.
        """

    @classmethod
    def compile(
        cls, model: "keras.Model", settings: Any, *, epochs: int, steps: int, blank: int
    ) -> None:
        """Compiles the network for `epochs` epochs of `steps` steps each."""
        from kapre_like.models.training.transcription.compiling import compile_for_text

        schedule = Schedule.of(settings, epochs)
        norm = settings.clip_norm
        compile_for_text(model, schedule, steps=steps, clip_norm=norm, blank=blank)

    @classmethod
    def output_frames(cls, samples: int, settings: Any, sample_rate: int) -> int:
        """Returns the number of output frames for a clip of `samples` samples."""
        raise NotImplementedError

    @classmethod
    def seconds_per_frame(cls, settings: Any, sample_rate: int) -> float:
        """Returns the hop in seconds between two output frames of the network."""
        raise NotImplementedError

    @classmethod
    def check(cls, settings: Any, job: Job) -> None:
        """Rejects windows, and an unknown augmentation recipe."""
        if job.seconds is not None:
            fix = "Long clips are transcribed in overlapping windows; leave --seconds out."
            _check.fail(cls.name, "seconds", "None, because a transcript is of a whole clip",
                        job.seconds, fix)  # fmt: skip
        check_augment(settings.augment, job)

    @classmethod
    def unlearnable(
        cls, train: "pd.DataFrame", valid: "pd.DataFrame", *, recipe: dict, settings: Any
    ) -> list[dict[str, str]]:
        """Returns the clips that are too short for their transcripts."""
        rate = recipe["sample_rate"]
        vocabulary = cls.vocabulary_of(settings, train, valid)

        def frames_of(seconds: float) -> int:
            return cls.output_frames(round(seconds * rate), settings, rate)

        return [
            row for table in (train, valid)
            for row in unlearnable_rows(table, vocabulary, frames_of)
        ]  # fmt: skip

    @classmethod
    def vocabulary_of(cls, settings: Any, train: Any, valid: Any) -> Vocabulary:
        """Returns the vocabulary of the training and validation transcripts."""
        texts = [
            text for table in (train, valid) if table is not None for text in table["label"]
        ]
        return learned_vocabulary(settings, texts)

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: Any,
        folder: Path,
        log: Callable[[str], None],
    ) -> Self:
        """Trains on the clips of `train`, and keeps the epoch with the lowest CER on `valid`.

        Args:
            train: Table as from `kapre_like.audio.scan`, with transcripts as labels.
            valid: Table of clips of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: An instance of `Settings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called after each epoch with a line and three examples.
        """
        import keras

        from kapre_like.models.training.augmenting import (
            behind_augmentation,
            recipe_of,
            text_of,
        )
        from kapre_like.models.training.epoch_budget import epoch_budget
        from kapre_like.models.training.loop import diverged, fit
        from kapre_like.models.training.transcription.card import with_card
        from kapre_like.models.training.transcription.delayed_augmentation import (
            DelayedAugmentation,
        )
        from kapre_like.models.training.transcription.judging import Judge

        keras.utils.set_random_seed(recipe["seed"])
        vocabulary = cls.vocabulary_of(settings, train, valid)
        batch_size = settings.batch_size or clips_per_batch(train, None)
        pipelines = _pipelines(train, valid, recipe, vocabulary, batch_size)
        words = len({word for text in train["label"] for word in vocabulary.rule(text).split()})
        wanted = recipe["epochs"] or cls.usual_epochs(settings, pipelines[0].n_batches, words)
        settings = _with_patience(settings, wanted)
        log(_about(cls.name, train, vocabulary, wanted, settings))
        changes = recipe_of(settings.augment, recipe)
        augmentations = () if changes is None else changes.spectrogram
        network = cls.network_of(
            settings, vocabulary, recipe, augmentations=augmentations, log=log
        )
        cls.start(network, train, vocabulary, recipe=recipe, settings=settings)
        model = behind_augmentation(network, changes)
        minutes = [getattr(settings, "minutes", None), recipe.get("minutes")]
        budget = epoch_budget(
            model,
            *pipelines,
            minutes=min((m for m in minutes if m is not None), default=None),
            wanted=wanted,
            prepare=lambda model: cls.compile(
                model, settings, epochs=1, steps=2, blank=vocabulary.blank
            ),
            folder=folder,
            log=log,
        )
        settings = _with_patience(settings, budget.epochs)
        saved = {**asdict(settings), "batch_size": batch_size, "epochs": budget.epochs}
        saved |= {**text_of(changes), "notes": [], **budget.entry()}
        recipe = {**recipe, "settings": saved, "text": cls._text(vocabulary, settings, recipe)}
        cycle = {"epochs": budget.epochs, "steps": pipelines[0].n_batches}
        delayed = DelayedAugmentation(targets_of(train["label"], vocabulary), log)
        judge = None if valid is None else Judge(pipelines[1], valid["label"], vocabulary)
        best, progress = fit(
            model,
            pipelines[0],
            None,  # `judge` computes the validation loss
            schedule=Schedule(epochs=budget.epochs, patience=settings.patience),
            prepare=lambda model: cls.compile(model, settings, blank=vocabulary.blank, **cycle),
            before=delayed,
            enough=lambda progress: budget.is_over(progress) or diverged(progress),
            seed=recipe["seed"],
            folder=folder,
            fingerprint={**fingerprint(train, valid, recipe), **text_of(changes)},
            log=log,
            judge=judge,
            remark=(lambda _: "") if judge is None else judge.remark,
            # Most words are wrong in an early epoch, so WER compares such epochs by chance.
            monitor="valid_cer",
        )
        recipe["settings"] |= {"best_epoch": progress.best_epoch, **budget.entry(progress)}
        recipe["settings"]["augmented_from_epoch"] = delayed.start
        # Build it again, without the augmentation and the optimizer.
        final = cls.network_of(settings, vocabulary, recipe, final=True)
        final.set_weights(best.get_weights())
        trained = cls(with_card(final, recipe), recipe=recipe, history=progress.history)
        report_failures(trained, wrong=diverged(progress), valid=valid, log=log)
        return trained

    @classmethod
    def _text(
        cls, vocabulary: Vocabulary, settings: Any, recipe: dict[str, Any]
    ) -> dict[str, Any]:
        """Returns the entry `text` of the recipe and the card."""
        seconds = cls.seconds_per_frame(settings, recipe["sample_rate"])
        return {"vocabulary": vocabulary.to_json(), "frame_seconds": seconds}


def _with_patience(settings: Any, epochs: int) -> Any:
    """Sets the default patience: all epochs, because the first words may be learned late."""
    return replace(settings, patience=settings.patience or epochs)


def _about(
    name: str, train: "pd.DataFrame", vocabulary: Vocabulary, epochs: int, settings: Any
) -> str:
    minutes = train["duration_s"].sum() / 60
    words = sum(len(text.split()) for text in train["label"])
    return (
        f"{name}: {minutes:.1f} min with {words} words, {len(vocabulary)} {vocabulary.kind} "
        f"with the blank, augmentation {settings.augment}, {epochs} epochs"
    )


def _pipelines(
    train: "pd.DataFrame",
    valid: "pd.DataFrame | None",
    recipe: dict[str, Any],
    vocabulary: Vocabulary,
    batch_size: int,
) -> tuple[Any, Any]:
    """Returns the pipelines of both tables, with token numbers as labels."""

    def of(table: "pd.DataFrame", **options: Any) -> Any:
        targets = targets_of(table["label"], vocabulary)
        return pipeline(table, recipe, batch_size=batch_size, targets=targets, **options)

    train_pipeline = of(train, shuffle=True, bucket=True, short_first=True)
    return train_pipeline, None if valid is None else of(valid)
