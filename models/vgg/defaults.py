"""The defaults of a VGG: its log-mel front end, dropout and number of epochs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrontEnd:
    """Settings of the spectrogram that `vgg` computes and `receptive_field` describes.

    Attributes:
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, samples per Fourier transform.
        win_length: Int > 0, samples per window.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, mel bands.
        fmin: Float >= 0, Hz, the lowest frequency.
        fmax: Float, Hz, the highest frequency; `None` means half of `sample_rate`.
        mel_scale: `"slaney"` or `"htk"`.
        top_db: Float > 0, dB kept below the clip's peak.
    """

    sample_rate: int = 16000
    n_fft: int = 512
    win_length: int = 400
    hop_length: int = 160
    n_mels: int = 64
    fmin: float = 20.0
    fmax: float | None = None
    mel_scale: str = "slaney"
    top_db: float = 80.0


FRONT_END = FrontEnd()
# Dropout before the last layer of a classifier. A regressor has none, because dropout would add
# noise to a score.
DROPOUT = 0.3
# Share of each label that all classes get alike.
LABEL_SMOOTHING = 0.1
# Recipes of augmentation: for a few classes and for scores, and for so many classes and more.
AUTO, FEW_CLASSES, MANY_CLASSES, MANY = "auto", "light", "environment", 20
# Clips of at least this many seconds have windows and hops that are twice as long, so that an
# epoch takes half as long.
LONG_CLIP_S = 2.0
# Rows for less and for more than this many minutes of training clips.
LITTLE_ROW, MUCH_ROW, MUCH_MIN = "small", "residual", 10
# Epochs of a regressor, and of a classifier: so many, and so many more per class.
REGRESS_EPOCHS, CLASSIFY_EPOCHS, EPOCHS_PER_CLASS = 20, 16, 1.6
MOST_EPOCHS, FEWEST_EPOCHS = 100, 8
# No training hears more sound than this, unless that would be fewer than the fewest epochs.
MOST_SECONDS = 800_000.0
# A classifier of the larger row hears at least so many clips, unless it has the most epochs.
FEWEST_HEARD = 25_000
# Share of the epochs without a better validation loss before a training stops. Early in the
# cycle the rate is high, and the loss goes up and down.
PATIENCE_SHARE, FEWEST_PATIENCE = 1 / 3, 8


def default_epochs(
    class_names: list[str] | None, seconds: float, clips: int
) -> tuple[int, str]:
    """Returns the number of epochs for training data, and why.

    Args:
        class_names: Names of the classes; `None` for scores.
        seconds: Float > 0, seconds of sound of all training clips.
        clips: Int > 0, number of training clips.
    """
    if class_names is None:
        epochs, reason = REGRESS_EPOCHS, "the default for scores"
    else:
        n_classes = len(class_names)
        epochs = min(MOST_EPOCHS, round(CLASSIFY_EPOCHS + EPOCHS_PER_CLASS * n_classes))
        reason = f"the default for {n_classes} classes"
        enough = min(MOST_EPOCHS, round(FEWEST_HEARD / clips))
        if seconds >= 60 * MUCH_MIN and epochs < enough:
            reason += f", {epochs}, and more because {clips} clips are few"
            epochs = enough
    fitting = max(FEWEST_EPOCHS, int(MOST_SECONDS / max(seconds, 1e-9)))
    if fitting < epochs:
        return fitting, f"for {seconds / 3600:.1f} h of sound; {epochs} is {reason}"
    return epochs, reason


def default_augment(class_names: list[str] | None) -> str:
    """Returns the name of the recipe of augmentation for these classes; `None` for scores."""
    return MANY_CLASSES if len(class_names or ()) >= MANY else FEW_CLASSES


def default_patience(epochs: int) -> int:
    """Returns the epochs without a better validation loss before a training stops."""
    return max(FEWEST_PATIENCE, round(PATIENCE_SHARE * epochs))
