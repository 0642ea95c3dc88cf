"""Draws a sound before and after augmentation, and writes both as WAV files."""

from pathlib import Path
from typing import TYPE_CHECKING

from kapre_like._replacing import check_file, replacing

if TYPE_CHECKING:
    import numpy as np

    from kapre_like.augment.recipe import Recipe


def show_augmented(
    file: str | Path,
    *,
    augment: str | Path,
    out: str | Path,
    channel: str | int = "mix",
    seed: int = 0,
) -> list[Path]:
    """Draws a sound before and after a recipe of augmentation, and writes both as WAV files.

    Args:
        file: A sound file.
        augment: Name of a recipe, or path of a YAML file.
        out: The picture to write. The sounds are written to the same folder, with the endings
            `-before.wav` and `-after.wav`.
        channel: `"mix"`, `"left"`, `"right"` or the number of a channel, from 1.
        seed: Int >= 0, seed of the random changes.

    Returns:
        The paths of the written files.

    Raises:
        ValueError: If the file is not readable sound, there is no such recipe, or the suffix of
            the picture is not supported.
    """
    import soundfile

    from kapre_like.audio.decode import info, read
    from kapre_like.augment.recipe import read_recipe
    from kapre_like.models.experiment.show import picture_format

    out = Path(out)
    check_file(out)
    kind = picture_format(out)
    rate = info(file).sample_rate
    before = read(file, sample_rate=rate, channel=channel)
    recipe = read_recipe(augment, sample_rate=rate, seed=seed)
    after = _changed(before, recipe)
    picture = _picture(before, after, rate, recipe, Path(file).name)
    with replacing(out) as temporary:
        picture.savefig(temporary, format=kind, dpi=120)
    written = [out]
    for name, waveform in (("before", before), ("after", after)):
        written.append(out.with_name(f"{out.stem}-{name}.wav"))
        with replacing(written[-1]) as temporary:
            soundfile.write(temporary, waveform, rate, format="WAV", subtype="FLOAT")
    return written


def _changed(waveform: "np.ndarray", recipe: "Recipe") -> "np.ndarray":
    """Applies the waveform layers of a recipe to a waveform."""
    import numpy as np
    from keras import ops

    x = [waveform[None], np.array([len(waveform)], "int32")]
    for layer in recipe.waveform:
        x = layer(x, training=True)
    waveform, length = (ops.convert_to_numpy(part)[0] for part in x)
    return waveform[: int(length)]


def _changed_picture(db: "np.ndarray", recipe: "Recipe") -> "np.ndarray":
    """Applies the spectrogram layers of a recipe to a log-mel picture `(mels, frames)`."""
    import numpy as np
    from keras import ops

    x = db.T[None, :, :, None].astype(np.float32)
    for layer in recipe.spectrogram:
        x = layer(x, training=True)
    return ops.convert_to_numpy(x)[0, :, :, 0].T


def _picture(before, after, rate: int, recipe: "Recipe", name: str):
    """Returns a figure: waveforms above log-mel pictures, `before` in the left column."""
    from kapre_like.models.experiment.logmel import draw, log_mel
    from kapre_like.models.experiment.report.figures import figure
    from kapre_like.models.experiment.show import draw_waveform

    picture = figure(14.0, 6.0)
    axes = picture.subplots(2, 2, sharex="col", sharey="row", height_ratios=[1, 2])
    for column, (waveform, when) in enumerate(((before, "before"), (after, "after"))):
        draw_waveform(axes[0, column], waveform, rate)
        pixels = log_mel(waveform, rate)
        if when == "after":
            pixels = pixels._replace(db=_changed_picture(pixels.db, recipe))
        draw(axes[1, column], pixels)
        axes[0, column].set_title(f"{name}, {when}: {len(waveform) / rate:.2f} s, {rate} Hz")
    for axis in axes[:, 1]:
        axis.set_ylabel("")
    about = f"{recipe.name}: {recipe.about}"
    if recipe.labels:
        mixed = ", ".join(type(layer).__name__ for layer in recipe.labels)
        about += f"\nNot drawn, because it mixes clips: {mixed}."
    picture.suptitle(about, fontsize=10)
    return picture
