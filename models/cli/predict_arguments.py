"""Arguments of `predict`, and those that it shares with other commands."""

import argparse

from kapre_like.models.cli.confidence_arguments import add_min_confidence
from kapre_like.models.cli.sound_arguments import add_channel, add_limits
from kapre_like.models.cli.text_arguments import add_text


def add_model(parser: argparse.ArgumentParser) -> None:
    """Adds the path of a trained model."""
    parser.add_argument(
        "model_path",
        metavar="MODEL",
        help="folder that train wrote, .keras, .tflite or .onnx file, SavedModel folder, or "
        "folder of a Wav2Vec2 checkpoint",
    )


def add_audio_root(parser: argparse._ActionsContainer) -> None:
    """Adds the folder that the paths of a manifest are relative to."""
    parser.add_argument(
        "--audio-root",
        metavar="DIR",
        help="folder that the paths of a manifest are relative to (default: the manifest's)",
    )


def add_predict(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `predict`."""
    add_model(parser)
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="sound files; folders; patterns such as 'new/**/*.wav'; manifests; - for standard "
        "input, which is a sound file or names of files, one per line",
    )
    parser.add_argument(
        "--csv", metavar="FILE", help="table to write, with a header (-: standard output)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.add_argument(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="print a line of column names first (default: on a terminal)",
    )
    parser.add_argument(
        "--on-error",
        choices=["skip", "fail"],
        help="skip: continue after a bad file, with exit code 0; fail: stop at the first "
        "(default: continue, with exit code 2)",
    )
    add_min_confidence(
        parser,
        "print unknown as the label of an answer less probable than X; JSON keeps the label, "
        "with confident: false",
        "",
    )
    add_channel(parser, trained=True)
    add_limits(parser)
    add_text(parser)
    _add_windows(parser.add_argument_group("long recordings"))
    columns = parser.add_argument_group("columns of a manifest")
    columns.add_argument(
        "--path-column", default="path", metavar="NAME", help="(default: path)"
    )
    for name in ("start", "end"):
        text = "seconds into the file (default: none)"
        columns.add_argument(f"--{name}-column", metavar="NAME", help=text)
    add_audio_root(columns)
    parser.add_argument(
        "--explain",
        action="store_true",
        help="print the stages of a prediction: file, level, windows, log-mel, logits",
    )


def _add_windows(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--seconds-per-window",
        type=float,
        metavar="S",
        help="predict a recording in windows of S seconds, and merge their labels into events: "
        "start, end, label, confidence",
    )
    group.add_argument(
        "--hop",
        type=float,
        metavar="S",
        help="seconds from one window to the next (default: the length of a window)",
    )
    group.add_argument(
        "--audacity",
        metavar="PATH",
        help="also write the events as Audacity labels: one .txt file, or a folder for several",
    )
