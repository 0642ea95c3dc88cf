"""Reads a folder of class folders as a table. The name of a class folder is the label."""

import os
from pathlib import Path

import pandas as pd

# Suffixes of files that libsndfile or FFmpeg opens. They include video, because calls and
# lectures are often video files. Headerless formats are left out, as are suffixes that mostly
# have other meanings (.ts, .ra).
_SNDFILE = """
    aif aifc aiff au bwf caf flac gsm mp3 mpga nist oga ogg opus rf64 snd sph voc w64 wav wave
"""
_FFMPEG = """
    3g2 3gp aac ac3 amr ape asf avi awb dff dsf dts eac3 flv m4a m4b m4v mka mkv mov mp2 mp4 mpc
    mpeg mpg ogv rm shn spx tak tta webm weba wma wmv wv
"""
AUDIO_SUFFIXES = frozenset(f".{name}" for name in (_SNDFILE + _FFMPEG).split())


def audio_below(folder: Path) -> list[Path]:
    """Returns absolute paths of audio files at any depth, sorted, without hidden files."""
    found = []
    for root, folders, files in os.walk(folder.absolute(), followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(root, name)
            for name in sorted(files)
            if not name.startswith(".") and Path(name).suffix.lower() in AUDIO_SUFFIXES
        ]
    return found


def _why_empty(folder: Path) -> ValueError:
    """Returns the error for a folder without rows, with the most likely fix."""
    if not any(folder.iterdir()):
        return ValueError(f"{folder}: is an empty folder. Put one folder per class in it.")
    manifests = [p.name for p in sorted(folder.iterdir()) if p.suffix in {".csv", ".parquet"}]
    if manifests:
        name = manifests[0]
        return ValueError(f"{folder}: has no class folders. Pass {folder / name} instead.")
    if audio_below(folder):
        return ValueError(
            f"{folder}: its audio files are in no class folder. "
            f"Put one folder per class in it, or write a manifest."
        )
    return ValueError(
        f"{folder}: holds no audio file. Put one folder per class in it, with WAV, FLAC, MP3 "
        f"or Ogg files."
    )


def read_folder(folder: Path) -> pd.DataFrame:
    """Lists `folder/CLASS/**/FILE` as the columns `path` (absolute) and `label`.

    A class folder without audio is not a class. Files outside the class folders are ignored.

    Raises:
        ValueError: `FOLDER: reason. Fix.` if nothing is found.
    """
    rows = [
        (str(file), child.name)
        for child in sorted(folder.iterdir())
        if child.is_dir() and not child.name.startswith(".")
        for file in audio_below(child)
    ]
    if not rows:
        raise _why_empty(folder)
    return pd.DataFrame(rows, columns=["path", "label"], dtype=str)
