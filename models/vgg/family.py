"""The family `vgg`: 3x3 convolutions on a log-mel spectrogram, which the model computes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from kapre_like import _check
from kapre_like.filters.filterbank import Filterbank
from kapre_like.models.artifact.clip_batches import BATCH, BATCH_SECONDS
from kapre_like.models.artifact.families import Job
from kapre_like.models.artifact.settings import setting
from kapre_like.models.training.augment_setting import check_augment
from kapre_like.models.training.keras_family import KerasFamily
from kapre_like.models.training.labels import brief, score_unit
from kapre_like.models.training.schedule import Cycle
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
        help="epochs without a better validation loss before the training on the training "
        "clips ends, at the weights of its best epoch (default: no early stopping)",
    )
    refit: bool = setting(
        True,
        help="whether the last fifth of the epochs also trains on the validation clips",
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
        recipe: As in `recipe.json`. `settings` also contains `epochs`, `best_epoch` of the
            first cycle, and `refit_epochs`, the epochs of the second.
        history: Learning curves: `train_loss` and `valid_loss` with their accuracies.
    """

    name: ClassVar[str] = "vgg"
    summary: ClassVar[str] = "3x3 convolutions on log-mel, trained from random weights"
    Settings: ClassVar[type] = VGGSettings
    trains_on_valid = True

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
        """Trains on the clips of `train`, and in the last epochs on those of `valid` too.

        Args:
            train: Table as from `kapre_like.audio.scan`.
            valid: Table of clips of other groups, or `None`. Its predictions before it is
                learned from are `held_out`.
            recipe: See `Family.train`.
            settings: See `VGGSettings`.
            folder: Checkpoint folder. An interrupted training resumes from it.
            log: Called with one line per epoch.
        """
        import keras

        from kapre_like.models.vgg.training import Training

        keras.utils.set_random_seed(recipe["seed"])
        settings, epochs = cls._chosen(settings, train, recipe, log)
        training = Training(
            train, valid, recipe=recipe, settings=settings, folder=folder, log=log
        )
        options = {"recipe": recipe, "settings": settings}
        layers = training.spectrogram_layers
        model = training.run(cls._build(train, **options, augmentations=layers), epochs)
        recipe = {**recipe, "settings": training.saved}
        # Build it again, without augmentation and optimizer.
        final = cls._build(train, recipe=recipe, settings=settings)
        final.set_weights(model.get_weights())
        found = cls.trained(final, recipe=recipe, history=training.progress.history)
        found.held_out = training.held_out
        return found

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
