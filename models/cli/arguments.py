"""The words of the command line; what they do is in `main.py`."""

import argparse
from collections.abc import Callable
from typing import NoReturn

from kapre_like._version import __version__
from kapre_like.models.cli.confidence_arguments import (
    add_min_confidence,
    add_other_sounds,
    add_shares,
    add_wanted,
)
from kapre_like.models.cli.console import one_line
from kapre_like.models.cli.examples import EXAMPLES
from kapre_like.models.cli.predict_arguments import add_audio_root, add_model, add_predict
from kapre_like.models.cli.sound_arguments import add_channel, add_inspect, add_limits

_LOGO = "leave-one-group-out"


class _Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message)} (see {self.prog} --help)\n")


def parser(run: dict[str, Callable]) -> argparse.ArgumentParser:
    """Returns the parser of all commands.

    Args:
        run: The function of each command by name; it lands in the parsed `run`.
    """
    whole = _Parser(
        prog="kapre-like",
        description="Train audio models, light and heavy, and learn which one a task deserves.",
        **_example("compare", "train", "predict"),
    )
    whole.add_argument("--version", action="version", version=f"kapre-like {__version__}")
    commands = whole.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, help=summary, description=summary, allow_abbrev=False, **_example(name)
        )
        added.set_defaults(run=run[name], command=added)
        return added

    _add_train(command("train", "Train one model on a data set."))
    _add_pretrain(command("pretrain", "Train a network on audio without labels."))
    _add_evaluate(command("evaluate", "Judge a trained model on a data set."))
    add_predict(command("predict", "Predict the label, score or text of sound files."))
    _add_compare(command("compare", "Train several models alike and weigh them."))
    _add_export(command("export", "Write a trained model for other programs."))
    _add_families(command("families", "List the families of models and their settings."))
    _add_show(command("show", "Draw the waveform and the log-mel picture of a file."))
    add_inspect(command("inspect", "Say what is in sound files, and what is wrong with them."))
    return whole


def _example(*names: str) -> dict:
    """What shows the examples of some commands below their help."""
    lines = [f"  {line}" for name in names for line in EXAMPLES[name]]
    title = "example:" if len(lines) == 1 else "examples:"
    return {
        "epilog": "\n".join([title, *lines]),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def _add_train(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    named = parser.add_argument(
        "--model",
        default="boosted",
        metavar="NAME",
        help="a family (default: boosted; kapre-like families lists them), or module:Class",
    )
    named.completer = _family_names  # type: ignore[attr-defined]
    _add_out(parser, "folder to write")
    _add_training(parser)


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", metavar="DATA", help="folder with sound files at any depth, or manifest"
    )
    parser.add_argument(
        "--model", default="wav2vec2", metavar="NAME", help="a family (default: wav2vec2)"
    )
    _add_out(parser, "checkpoint to write")
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="passes (default: 20, or by --set steps=N)"
    )
    for name, kind, default, text in (
        ("--seconds", float, 4.0, "length of the random crops"),
        ("--sample-rate", int, 16000, "Hz"),
        ("--seed", int, 0, "of weights, order, crops and masks"),
    ):
        text = f"{text} (default: {default})"
        parser.add_argument(name, type=kind, default=default, metavar="N", help=text)
    _add_settings(parser)
    for name, text in (("path", "path"), ("start", "none"), ("end", "none")):
        given = {"default": "path"} if name == "path" else {}
        text = f"column of a manifest (default: {text})"
        parser.add_argument(f"--{name}-column", metavar="NAME", help=text, **given)
    add_channel(parser)
    add_audio_root(parser)
    _add_on_error(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    _add_data(parser)
    parser.add_argument(
        "--split",
        choices=["test", "all"],
        help="rows to judge on (default: test if there is a split column, else all)",
    )
    parser.add_argument("--json", metavar="FILE", help="write the result there too")
    add_shares(parser, " (default: the thresholds of the model)")
    add_other_sounds(parser)
    add_channel(parser, trained=True)
    _add_on_error(parser)


def _add_compare(parser: argparse.ArgumentParser) -> None:
    _add_data(parser)
    parser.add_argument(
        "--models",
        type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
        default=["boosted", "vgg"],
        metavar="NAME,NAME",
        help="families to compare (default: boosted,vgg); alias=name gives one another name, "
        "so that it can run twice: a=probe,b=probe",
    )
    _add_out(parser, "folder to write")
    parser.add_argument(
        "--folds", type=_folds, metavar="N", help=f"a number of folds by group, or {_LOGO}"
    )
    parser.add_argument(
        "--margin",
        type=float,
        default=0.02,
        metavar="M",
        help="advise the lightest model this close to the best in balanced accuracy or "
        "Pearson's r (default: 0.02)",
    )
    parser.add_argument(
        "--learning-curve",
        action="store_true",
        help="train on an eighth, a quarter and half of the groups too, three times each, and "
        "say what twice the recordings would bring (nine more trainings per model)",
    )
    parser.add_argument(
        "--price-per-hour",
        type=float,
        metavar="PRICE",
        help="price of this machine per hour, in any currency: adds what a training costs",
    )
    parser.add_argument(
        "--clips-per-day",
        type=float,
        metavar="N",
        help="clips to predict per day: adds hours per month, and with a price their cost",
    )
    add_other_sounds(parser)
    _add_training(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument(
        "--format",
        choices=["savedmodel", "litert", "onnx", "cpp", "coreml"],
        default="savedmodel",
        help="savedmodel: a folder that TensorFlow serves; litert, onnx: one file; of boosted "
        "trees onnx, or the trees alone as cpp or coreml (default: savedmodel)",
    )
    parser.add_argument(
        "--sample-rate",
        type=int,
        metavar="HZ",
        help="rate of the waveforms that the file takes: it resamples them itself (default: "
        "the model's rate)",
    )
    parser.add_argument(
        "--quantize",
        choices=["int8"],
        help="litert, onnx: weights in 8 bits, a quarter of the size; says how far off it is",
    )
    add_min_confidence(parser, "the output confident is true from this probability on")
    parser.add_argument("--out", required=True, metavar="PATH", help="folder or file to write")


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a sound file")
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="picture to write: .png, .pdf, .svg and others",
    )
    add_channel(parser, split=False)
    add_limits(parser)


def _add_out(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help=text)
    parser.add_argument(
        "--overwrite", action="store_true", help="replace what an earlier run wrote there"
    )


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", metavar="DATA", help="folder of class folders, or manifest (CSV, TSV, Parquet)"
    )
    columns = parser.add_argument_group("columns of a manifest")
    for name, default in (
        ("path", "path"),
        ("label", "label"),
        ("group", "speaker if there is one; none: without"),
        ("split", "split if there is one; none: without"),
        ("start", "none; seconds into the file"),
        ("end", "none; seconds into the file"),
    ):
        text = f"column of the {name} (default: {default})"
        columns.add_argument(f"--{name}-column", metavar="NAME", help=text)
    columns.add_argument(
        "--test-split", metavar="NAME", help="value of the split column that marks test rows"
    )
    add_audio_root(columns)


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--task",
        choices=["classify", "regress"],
        help="classes or scores (default: what the labels are; it says which, and asks where "
        "they can be both)",
    )
    parser.add_argument("--sample-rate", type=int, default=16000, metavar="HZ")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="how much of a clip the model hears at once (default: all of it)",
    )
    parser.add_argument(
        "--length-rule",
        choices=["whole", "center", "tiles"],
        help="with --seconds S: center, the middle S seconds (default), or tiles, windows of S "
        "seconds whose answers are averaged; the rule is part of the model and its exports",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="most passes of networks over the clips"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="time for all trainings together; becomes a number of epochs or trees once "
        "(default: as long as they take)",
    )
    _add_settings(parser)
    add_wanted(parser)
    add_channel(parser)
    _add_on_error(parser)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of a family, such as row=vgg11, or vgg.row=vgg11 for one of several; "
        "again for each setting (kapre-like families lists them)",
    )


def _add_families(parser: argparse.ArgumentParser) -> None:
    named = parser.add_argument(
        "families", nargs="*", metavar="NAME", help="families to list (default: all)"
    )
    named.completer = _family_names  # type: ignore[attr-defined]
    parser.add_argument("--json", action="store_true", help="the same as JSON")


def _family_names(**_: object) -> list[str]:
    """What a shell may complete the name of a family to."""
    from kapre_like.models.artifact.families import names

    return names()


def _add_on_error(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--on-error",
        choices=["skip", "fail"],
        default="fail",
        help="bad files in the data: fail (default) refuses them, and damaged ones; skip "
        "leaves bad ones out and takes what is left of damaged ones",
    )
    add_limits(parser)


def _setting(text: str) -> tuple[str, str]:
    """`row=vgg11` as `("row", "vgg11")`; the family knows the type of the value."""
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, not {text!r}")
    return name, value


def _folds(text: str) -> int | str:
    if text == _LOGO:
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number or {_LOGO}, not {text!r}") from None
