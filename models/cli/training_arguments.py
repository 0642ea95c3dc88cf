"""Arguments of the commands that train: data, settings, and limits of a training."""

import argparse

from kapre_like.models.cli.confidence_arguments import add_other_sounds, add_wanted
from kapre_like.models.cli.predict_arguments import add_audio_root
from kapre_like.models.cli.sound_arguments import add_channel, add_limits

FAMILY_SETTING = (
    "a setting of a family, such as row=vgg11, or vgg.row=vgg11 for one of several families "
    "(kapre-like families lists them)"
)

_LOGO = "leave-one-group-out"


def add_train(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `train`."""
    add_data(parser)
    named = parser.add_argument(
        "--model",
        default="boosted",
        metavar="NAME",
        help="a family (default: boosted; kapre-like families lists them), or module:Class",
    )
    named.completer = family_names  # type: ignore[attr-defined]
    _add_out(parser, "folder to write")
    _add_training(parser)


def add_pretrain(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `pretrain`."""
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
        ("--seed", int, 0, "seed of weights, order, crops and masks"),
    ):
        text = f"{text} (default: {default})"
        parser.add_argument(name, type=kind, default=default, metavar="N", help=text)
    add_settings(parser)
    for name, text in (("path", "path"), ("start", "none"), ("end", "none")):
        given = {"default": "path"} if name == "path" else {}
        text = f"column of a manifest (default: {text})"
        parser.add_argument(f"--{name}-column", metavar="NAME", help=text, **given)
    add_channel(parser)
    add_audio_root(parser)
    add_on_error(parser)


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `compare`."""
    add_data(parser)
    parser.add_argument(
        "--models",
        type=lambda text: [name.strip() for name in text.split(",") if name.strip()],
        default=["boosted", "vgg"],
        metavar="NAME,NAME",
        help="families to compare (default: boosted,vgg); alias=name renames a family, so it "
        "can run twice: a=probe,b=probe",
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
        help="advise the lightest model whose balanced accuracy or Pearson's r is at most M "
        "below the best (default: 0.02)",
    )
    parser.add_argument(
        "--learning-curve",
        action="store_true",
        help="also train on an eighth, a quarter and half of the groups, three times each, and "
        "estimate the gain from twice the recordings (nine more trainings per model)",
    )
    parser.add_argument(
        "--price-per-hour",
        type=float,
        metavar="PRICE",
        help="price of this machine per hour, in any currency: adds the cost of a training",
    )
    parser.add_argument(
        "--clips-per-day",
        type=float,
        metavar="N",
        help="clips to predict per day: adds hours per month, and with a price their cost",
    )
    add_other_sounds(parser)
    _add_training(parser)


def add_data(parser: argparse.ArgumentParser) -> None:
    """Adds the data set and the columns of its manifest."""
    parser.add_argument(
        "data", metavar="DATA", help="folder of class folders, or manifest (CSV, TSV, Parquet)"
    )
    columns = parser.add_argument_group("columns of a manifest")
    for name, default in (
        ("path", "path"),
        ("label", "label"),
        ("group", "speaker if it exists; none for no column"),
        ("split", "split if it exists; none for no column"),
        ("start", "none; seconds into the file"),
        ("end", "none; seconds into the file"),
    ):
        text = f"column of the {name} (default: {default})"
        columns.add_argument(f"--{name}-column", metavar="NAME", help=text)
    columns.add_argument(
        "--test-split", metavar="NAME", help="value of the split column that marks test rows"
    )
    add_audio_root(columns)


def _add_out(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("--out", required=True, metavar="DIR", help=text)
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output of an earlier run"
    )


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--task",
        choices=["classify", "regress", "transcribe"],
        help="task (default: inferred from the labels and printed; ambiguous labels are an "
        "error)",
    )
    parser.add_argument("--sample-rate", type=int, default=16000, metavar="HZ")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="seconds of a clip that the model processes at once (default: the whole clip)",
    )
    parser.add_argument(
        "--length-rule",
        choices=["whole", "center", "tiles"],
        help="with --seconds S: center, the middle S seconds (default), or tiles, windows of S "
        "seconds whose predictions are averaged; the rule is part of the model and its exports",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument(
        "--epochs", type=int, metavar="N", help="maximum number of epochs of networks"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="time for all trainings together; it is converted to a number of epochs or trees "
        "once (default: no limit)",
    )
    add_settings(parser)
    add_wanted(parser)
    add_channel(parser)
    add_on_error(parser)


def add_settings(parser: argparse.ArgumentParser, text: str = FAMILY_SETTING) -> None:
    """Adds `--set NAME=VALUE` with this help text."""
    parser.add_argument(
        "--set",
        type=setting_pair,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"{text}; may be repeated",
    )


def add_on_error(parser: argparse.ArgumentParser) -> None:
    """Adds `--on-error`, and the limits on one file."""
    parser.add_argument(
        "--on-error",
        choices=["skip", "fail"],
        default="fail",
        help="fail (default): a bad or damaged file is an error; skip: bad files are left out, "
        "and the readable part of damaged files is used",
    )
    add_limits(parser)


def family_names(**_: object) -> list[str]:
    """Returns the names of all families, for completion in a shell."""
    from kapre_like.models.artifact.registry import names

    return names()


def setting_pair(text: str) -> tuple[str, str]:
    """Returns `row=vgg11` as `("row", "vgg11")`. The family converts the value to its type."""
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
