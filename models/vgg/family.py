"""The family `vgg`: 3x3 convolutions on a log-mel spectrogram, which the model computes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.augment_setting import check_augment
from kapre_like.models.training.batches import clips_per_batch, pipeline
from kapre_like.models.training.keras_family import KerasFamily
from kapre_like.models.training.labels import brief, class_weight, fingerprint, score_unit
from kapre_like.models.training.schedule import Cycle, Schedule
from kapre_like.models.vgg.defaults import (
    AUTO,
    DROPOUT,
    FEW_CLASSES,
    FRONT_END,
    LABEL_SMOOTHING,
    LARGE_DATA_MIN,
    LARGE_DATA_ROW,
    LONG_CLIP_S,
    MANY,
    MANY_CLASSES,
    SMALL_DATA_ROW,
    default_augment,
    default_epochs,
    default_patience,
)
from kapre_like.models.vgg.rows import ROWS

if TYPE_CHECKING:
    import keras
    import pandas as pd


def _framed(what: str) -> str:
    """Returns the help text of a setting whose default depends on the clips."""
    name = {"samples per Fourier transform": "n_fft", "samples of a window": "win_length"}
    default = getattr(FRONT_END, name.get(what, "hop_length"))
    return f"{what} (default: {default}; twice that for clips of {LONG_CLIP_S:g} s or more)"


@dataclass(frozen=True, kw_only=True)
class VGGSettings(Cycle):
    """Settings of the family `vgg`; `kapre-like families vgg` prints them."""

    patience: int | None = setting(
        None,
        min_value=1,
        help="epochs without a better validation loss before training stops (default: a third "
        "of all epochs, at least 8)",
    )
    minutes: float | None = setting(
        None, above=0, help="maximum minutes of a training, as --minutes (default: no limit)"
    )
    row: str | None = setting(
        None,
        choices=(None, *ROWS),
        help=f"architecture of the network (default: {SMALL_DATA_ROW}; {LARGE_DATA_ROW} for "
        f"{LARGE_DATA_MIN} minutes of clips or more)",
    )
    batch_size: int | None = setting(
        None,
        min_value=1,
        help=f"clips per step (default: at most {BATCH} clips and {BATCH_SECONDS:g} seconds)",
    )
    dropout: float | None = setting(
        None,
        min_value=0,
        below=1,
        help=f"dropout rate before the last layer (default: {DROPOUT}; 0 for scores)",
    )
    augment: str = setting(
        AUTO,
        help=f"augmentation recipe: a name, a YAML file, none, or {AUTO}: {MANY_CLASSES} for "
        f"{MANY} classes or more, else {FEW_CLASSES}",
    )
    label_smoothing: float = setting(
        LABEL_SMOOTHING,
        min_value=0,
        below=1,
        help="share of each label that is spread over all classes",
    )
    n_mels: int = setting(FRONT_END.n_mels, min_value=1, help="mel bands")
    n_fft: int | None = setting(
        None, min_value=2, help=_framed("samples per Fourier transform")
    )
    win_length: int | None = setting(None, min_value=1, help=_framed("samples of a window"))
    hop_length: int | None = setting(None, min_value=1, help=_framed("samples between windows"))
    fmin: float = setting(FRONT_END.fmin, min_value=0, help="lowest frequency in Hz")
    fmax: float | None = setting(
        FRONT_END.fmax, above=0, help="highest frequency in Hz (default: half the sample rate)"
    )
    top_db: float = setting(
        FRONT_END.top_db, above=0, help="range of levels below the clip's peak, in dB"
    )
    learn_stft: str | None = setting(
        None, choices=(None, "kernels", "window"), help="learned part of the STFT"
    )
    learn_mel: str | None = setting(
        None, choices=(None, "matrix", "bands"), help="learned part of the mel filterbank"
    )


# Settings whose default depends on the clips.
_FRAMES = ("n_fft", "win_length", "hop_length")
# Settings that are passed to `vgg` under the same names.
_OF_NETWORK = (
    "dropout", "n_mels", "n_fft", "win_length", "hop_length", "fmin", "fmax", "top_db",
    "learn_stft", "learn_mel",
)  # fmt: skip


class VGGModel(KerasFamily):
    """A VGG on log-mel spectrograms, with its training recipe.

    Args:
        model: A `keras.Model` as `vgg` builds it, with the recipe's length rule.
        recipe: As in `recipe.json`. `settings` also contains `epochs` and `best_epoch`.
        history: Learning curves: `train_loss` and `valid_loss` with their accuracies.
    """

    name: ClassVar[str] = "vgg"
    summary: ClassVar[str] = "3x3 convolutions on log-mel, trained from random weights"
    Settings: ClassVar[type] = VGGSettings

    @classmethod
    def train(
        cls,
        train: "pd.DataFrame",
        valid: "pd.DataFrame | None",
        *,
        recipe: dict[str, Any],
        settings: VGGSettings,
        folder: Path,
        log: Callable[[str], None],
    ) -> "VGGModel":
        """Trains on the clips of `train`, with early stopping on those of `valid`.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Table of clips of other groups; `None` trains all epochs.
            recipe: See `Family.train`.
            settings: See `VGGSettings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called with one line per epoch.
        """
        import keras

        from kapre_like.models.training.augmenting import (
            behind_augmentation,
            changed_batches,
            recipe_of,
            text_of,
        )
        from kapre_like.models.training.epoch_budget import epoch_budget
        from kapre_like.models.training.loop import compile_model, fit

        keras.utils.set_random_seed(recipe["seed"])
        settings, wanted = cls._chosen(settings, train, recipe, log)
        minutes = [m for m in (settings.minutes, recipe.get("minutes")) if m is not None]
        changes = recipe_of(settings.augment, recipe)
        spectrogram = () if changes is None else changes.spectrogram
        model = behind_augmentation(
            cls._build(train, recipe=recipe, settings=settings, augmentations=spectrogram),
            changes,
        )
        batch_size = settings.batch_size or clips_per_batch(train, recipe["seconds"])
        pipelines = changed_batches(
            pipeline(train, recipe, batch_size=batch_size, shuffle=True, bucket=True),
            None if valid is None else pipeline(valid, recipe, batch_size=4 * BATCH),
            changes,
            recipe,
        )
        loss = {"task": recipe["task"], "label_smoothing": settings.label_smoothing}
        short = {"schedule": Schedule.of(settings, 1), "steps": 2, **loss}
        budget = epoch_budget(
            model,
            *pipelines,
            minutes=min(minutes, default=None),
            wanted=wanted,
            prepare=lambda model: compile_model(model, **short),
            folder=folder,
            log=log,
        )
        saved = {**asdict(settings), "batch_size": batch_size, "epochs": budget.epochs}
        saved |= text_of(changes)
        recipe = {**recipe, "settings": {**saved, **budget.entry()}}
        schedule, steps = Schedule.of(settings, budget.epochs), pipelines[0].n_batches
        best, progress = fit(
            model,
            *pipelines,
            schedule=schedule,
            prepare=lambda model: compile_model(model, schedule, steps=steps, **loss),
            enough=budget.is_over,
            class_weight=class_weight(train, recipe),
            seed=recipe["seed"],
            folder=folder,
            fingerprint={**fingerprint(train, valid, recipe), **text_of(changes)},
            log=log,
        )
        recipe["settings"] |= {"best_epoch": progress.best_epoch, **budget.entry(progress)}
        # Build it again, without augmentation and optimizer.
        final = cls._build(train, recipe=recipe, settings=settings)
        final.set_weights(best.get_weights())
        return cls.trained(final, recipe=recipe, history=progress.history)

    @classmethod
    def _chosen(
        cls,
        settings: VGGSettings,
        train: "pd.DataFrame",
        recipe: dict[str, Any],
        log: Callable[[str], None],
    ) -> tuple[VGGSettings, int]:
        """Returns the settings with the defaults for these clips, and the number of epochs."""
        mean_s = float(train["duration_s"].mean())
        mean_s = min(mean_s, recipe["seconds"] or mean_s)
        names, seconds = recipe["class_names"], mean_s * len(train)
        epochs, reason = default_epochs(names, seconds, len(train))
        if recipe["epochs"]:
            epochs, reason = recipe["epochs"], "set by the user"
        long = mean_s >= LONG_CLIP_S
        frames = {name: (1 + long) * getattr(FRONT_END, name) for name in _FRAMES}
        usual = {
            "row": LARGE_DATA_ROW if seconds >= 60 * LARGE_DATA_MIN else SMALL_DATA_ROW,
            "patience": default_patience(epochs),
            **frames,
        }
        chosen = {name: getattr(settings, name) or value for name, value in usual.items()}
        automatic = settings.augment == AUTO
        chosen["augment"] = default_augment(names) if automatic else settings.augment
        log(
            f"vgg: {seconds / 60:.1f} min in clips of {mean_s:.1f} s: row {chosen['row']}, a "
            f"frame every {chosen['hop_length']} samples, augmentation {chosen['augment']}, "
            f"{epochs} epochs ({reason})"
        )
        return replace(settings, **chosen), epochs

    @classmethod
    def check(cls, settings: VGGSettings, job: Job) -> None:
        """Rejects a front end that does not fit the sample rate, and an unknown recipe."""
        n_fft = settings.n_fft or FRONT_END.n_fft
        if (settings.win_length or FRONT_END.win_length) > n_fft:
            rule = f"at most n_fft={n_fft}"
            _check.fail("vgg", "win_length", rule, settings.win_length)
        bands = {name: getattr(settings, name) for name in ("n_mels", "fmin", "fmax")}
        Filterbank("mel", job.sample_rate, **bands, mel_scale=FRONT_END.mel_scale, owner="vgg")
        if settings.augment != AUTO:
            check_augment(settings.augment, job)

    @staticmethod
    def _build(
        train: "pd.DataFrame",
        *,
        recipe: dict[str, Any],
        settings: VGGSettings,
        augmentations: tuple[Any, ...] = (),
    ) -> "keras.Model":
        """Builds the untrained network for these labels."""
        from kapre_like.models.vgg.network import vgg

        facts = {name: recipe[name] for name in ("sample_rate", "class_names", "seed")}
        if recipe["task"] == "regress":
            facts |= score_unit(train)
        options = {name: getattr(settings, name) for name in _OF_NETWORK}
        options["augmentations"] = augmentations
        return vgg(settings.row, **facts, **options, recipe=brief(recipe))
