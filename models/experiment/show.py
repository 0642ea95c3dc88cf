"""Draws the waveform and the log-mel spectrogram of a sound file."""

from pathlib import Path
from typing import TYPE_CHECKING

from kapre_like._replacing import check_file, replacing

if TYPE_CHECKING:
    import numpy as np

# Number of points of the envelope, more than the pixels of the picture.
_COLUMNS = 2000
# The formats of matplotlib that common programs can open.
_FORMATS = ("png", "pdf", "svg", "eps", "jpg", "jpeg", "tif", "tiff", "webp")


def show(file: str | Path, *, out: str | Path, channel: str | int = "mix") -> Path:
    """Draws a sound file at its own sample rate, as the mean of its channels or one of them.

    Args:
        file: A sound file.
        out: The picture to write. The suffix selects the format, such as `.png`, `.pdf` or
            `.svg`. Without a suffix it is PNG.
        channel: `"mix"`, `"left"`, `"right"` or the number of a channel, from 1.

    Returns:
        The path of the picture.

    Raises:
        ValueError: If the file is not readable sound, or the suffix is not supported.
        ImportError: If matplotlib is missing. The message names the extra.
    """
    from kapre_like.audio.decode import info, read
    from kapre_like.models.experiment.logmel import draw, log_mel
    from kapre_like.models.experiment.report.figures import figure

    out = Path(out)
    check_file(out)
    kind = picture_format(out)
    about = info(file)
    waveform = read(file, sample_rate=about.sample_rate, channel=channel)
    picture = figure(9.0, 5.5)
    top, bottom = picture.subplots(2, 1, sharex=True, height_ratios=[1, 2])
    draw_waveform(top, waveform, about.sample_rate)
    drawn = "averaged" if channel == "mix" else f"{channel} drawn"
    channels = "mono" if about.channels == 1 else f"{about.channels} channels, {drawn}"
    top.set_title(
        f"{Path(file).name}: {len(waveform) / about.sample_rate:.2f} s, "
        f"{about.sample_rate} Hz, {channels}"
    )
    draw(bottom, log_mel(waveform, about.sample_rate))
    with replacing(out) as temporary:
        picture.savefig(temporary, format=kind, dpi=120)
    return out


def picture_format(out: Path) -> str:
    """Returns the format of a picture from its suffix."""
    kind = out.suffix.lower().removeprefix(".") or "png"
    if kind not in _FORMATS:
        listed = ", ".join(f".{name}" for name in _FORMATS)
        raise ValueError(f"{out}: pictures cannot be written as .{kind}. Use one of: {listed}.")
    return kind


def draw_waveform(axes, waveform: "np.ndarray", sample_rate: int) -> None:
    """Draws the minimum and maximum of each segment, so that all peaks are visible."""
    import numpy as np

    n = min(_COLUMNS, len(waveform))
    starts = np.linspace(0, len(waveform), n, endpoint=False).astype(int)
    low = np.minimum.reduceat(waveform, starts)
    high = np.maximum.reduceat(waveform, starts)
    times = starts / sample_rate
    if n < _COLUMNS:
        axes.plot(times, waveform[starts], color="#1f5fa8", linewidth=0.8)
    else:
        axes.fill_between(times, low, high, color="#1f5fa8", linewidth=0.4)
    axes.set_ylabel("amplitude")
    axes.margins(x=0)
