"""Default settings of a VGG: log-mel front end, dropout and number of epochs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FrontEnd:
    """Settings of the spectrogram, for `vgg` and `receptive_field`.

    Attributes:
        sample_rate: Int > 0, Hz.
        n_fft: Int > 0, FFT size in samples.
        win_length: Int > 0, window length in samples.
        hop_length: Int > 0, samples between frames.
        n_mels: Int > 0, number of mel bands.
        fmin: Float >= 0, lowest frequency in Hz.
        fmax: Float, highest frequency in Hz; `None` means half of `sample_rate`.
        mel_scale: `"slaney"` or `"htk"`.
        top_db: Float > 0, range below the clip's peak in dB.
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
# Share of each label that is spread evenly over all classes.
LABEL_SMOOTHING = 0.1
# Augmentation recipes: for scores and few classes, and for at least `MANY` classes.
AUTO, FEW_CLASSES, MANY_CLASSES, MANY = "auto", "light", "environment", 20
# For clips of at least this many seconds, windows and hops are twice as long. This halves the
# time of an epoch.
LONG_CLIP_S = 2.0
# Rows for less than `LARGE_DATA_MIN` minutes of training clips, and for more.
SMALL_DATA_ROW, LARGE_DATA_ROW, LARGE_DATA_MIN = "small", "residual", 10
# Epochs of a regressor; epochs of a classifier, and additional epochs per class.
REGRESS_EPOCHS, CLASSIFY_EPOCHS, EPOCHS_PER_CLASS = 20, 16, 1.6
MAX_EPOCHS, MIN_EPOCHS = 100, 8
# Maximum duration of the training clips times epochs, in seconds. `MIN_EPOCHS` has priority.
MAX_SECONDS = 800_000.0
# Minimum number of training clips times epochs, for a classifier. `MAX_EPOCHS` has priority.
MIN_CLIPS = 25_000


def default_epochs(
    class_names: list[str] | None, seconds: float, clips: int
) -> tuple[int, str]:
    """Returns the default number of epochs for the training data, and the reason.

    Args:
        class_names: Names of the classes; `None` for scores.
        seconds: Float > 0, total duration of the training clips.
        clips: Int > 0, number of training clips.
    """
    if class_names is None:
        epochs, reason = REGRESS_EPOCHS, "the default for scores"
    else:
        n_classes = len(class_names)
        epochs = min(MAX_EPOCHS, round(CLASSIFY_EPOCHS + EPOCHS_PER_CLASS * n_classes))
        reason = f"the default for {n_classes} classes"
        enough = min(MAX_EPOCHS, round(MIN_CLIPS / clips))
        if epochs < enough:
            reason += f", {epochs}, and more because {clips} clips are few"
            epochs = enough
    fitting = max(MIN_EPOCHS, int(MAX_SECONDS / max(seconds, 1e-9)))
    if fitting < epochs:
        return fitting, f"for {seconds / 3600:.1f} h of sound; {epochs} is {reason}"
    return epochs, reason


def default_augment(class_names: list[str] | None) -> str:
    """Returns the name of the augmentation recipe.

    Args:
        class_names: Names of the classes; `None` for scores.
    """
    return MANY_CLASSES if len(class_names or ()) >= MANY else FEW_CLASSES
