"""Base class of the families for speech recognition with CTC."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from kapre_like import _check
from kapre_like.models.artifact.families import Job
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.training.augment_setting import check_augment
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
from kapre_like.models.training.transcription.token_frequencies import start_at_frequencies
from kapre_like.models.training.transcription.trained import TextModel

if TYPE_CHECKING:
    import keras
    import pandas as pd

MAX_EPOCHS = 200
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
            `epochs`, `best_epoch` of the first cycle, `refit_epochs`, the epochs of the
            second, `collapsed`, and in `notes` sentences for the user.
        history: Learning curves: `train_loss`, `valid_loss`, `valid_wer`, `valid_cer`.
    """

    trains_on_valid = True
    tasks: ClassVar[tuple[str, ...]] = ("transcribe",)
    needs: ClassVar[tuple[str, ...]] = ("tensorflow", "keras", "jiwer")
    install: ClassVar[str] = "kapre-like[tensorflow,text]"
    Settings: ClassVar[type] = TranscriptionSettings
    # Steps for transcripts with a few different words. A network outputs no text for the first
    # few hundred steps, until it aligns some words.
    min_steps: ClassVar[int] = 400
    min_epochs: ClassVar[int] = 48

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
        return min(MAX_EPOCHS, max(cls.min_epochs, -(-needed // steps)))

    @classmethod
    def refit_settings(cls, settings: Any, words: int) -> Any:
        """Returns the settings of a second cycle on all clips; `None` for one cycle only.

        Args:
            settings: An instance of `Settings`.
            words: Int >= 0, different words of the transcripts.
        """
        from kapre_like.models.training.refit import RATE, WARMUP_SHARE

        wanted = words <= MAX_CLOSED_WORDS if settings.refit is None else settings.refit
        if not wanted:
            return None
        lower = {name: RATE * rate for name, rate in cls.rates(settings).items()}
        return replace(settings, warmup_share=WARMUP_SHARE, **lower)

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
        """Sets an untrained output layer to the frequencies of the tokens.

        Args:
            network: From `network_of`.
            train: Table of the training clips.
            vocabulary: See `Vocabulary`.
            recipe: As in `network_of`.
            settings: An instance of `Settings`.
        """
        name = cls.untrained_output(settings)
        if name is None:
            return
        rate = recipe["sample_rate"]
        samples = (train["duration_s"] * rate).round().astype(int)
        start_at_frequencies(
            network.get_layer(name),
            targets_of(train["label"], vocabulary),
            frames=sum(cls.output_frames(n, settings, rate) for n in samples),
            blank=vocabulary.blank,
        )

    @classmethod
    def untrained_output(cls, settings: Any) -> str | None:
        """Returns the name of the output layer, or `None` if its weights are pretrained."""
        del settings
        return "logits"

    @classmethod
    def rates(cls, settings: Any) -> dict[str, float]:
        """Returns the highest learning rates by the names of their settings."""
        return {"peak_rate": settings.peak_rate}

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

        If there are `refit_settings`, it then continues on both tables.

        Args:
            train: Table as from `kapre_like.audio.scan`, with transcripts as labels.
            valid: Table of clips of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: An instance of `Settings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called after each epoch with a line and three examples.
        """
        import keras

        from kapre_like.models.training.loop import diverged
        from kapre_like.models.training.transcription.card import with_card
        from kapre_like.models.training.transcription.training import TextTraining

        keras.utils.set_random_seed(recipe["seed"])
        training = TextTraining(
            cls, train, valid, recipe=recipe, settings=settings, folder=folder, log=log
        )
        network = training.run()
        recipe, progress = training.recipe, training.progress
        trained = cls(with_card(network, recipe), recipe=recipe, history=progress.history)
        failed = {"wrong": diverged(progress), "rates": cls.rates(settings)}
        report_failures(trained, **failed, valid=valid, log=log)
        return trained
