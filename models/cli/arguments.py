"""The parser of the command line. `main.py` runs the commands."""

import argparse
from collections.abc import Callable
from typing import NoReturn

from kapre_like._version import __version__
from kapre_like.models.cli.confidence_arguments import (
    add_min_confidence,
    add_other_sounds,
    add_shares,
)
from kapre_like.models.cli.console import one_line
from kapre_like.models.cli.examples import EXAMPLES
from kapre_like.models.cli.feature_arguments import add_features
from kapre_like.models.cli.lm import add_lm
from kapre_like.models.cli.predict_arguments import add_model, add_predict
from kapre_like.models.cli.sound_arguments import add_channel, add_inspect, add_limits
from kapre_like.models.cli.text_arguments import add_decoding
from kapre_like.models.cli.training_arguments import (
    add_compare,
    add_data,
    add_on_error,
    add_pretrain,
    add_train,
    family_names,
)
from kapre_like.models.cli.tuning import add_tune_decoder


class _Parser(argparse.ArgumentParser):
    """An argument parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {one_line(message)} (see {self.prog} --help)\n")


def parser(run: dict[str, Callable]) -> argparse.ArgumentParser:
    """Returns the parser of all commands.

    Args:
        run: The function of each command by name. The parsed arguments have it as `run`.
    """
    whole = _Parser(
        prog="kapre-like",
        description="Train light and heavy audio models, and compare them on a task.",
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

    add_train(command("train", "Train one model on a data set."))
    add_pretrain(command("pretrain", "Train a network on audio without labels."))
    _add_evaluate(command("evaluate", "Judge a trained model on a data set."))
    add_predict(command("predict", "Predict the label, score or text of sound files."))
    add_compare(command("compare", "Train several models on the same data and compare them."))
    _add_export(command("export", "Write a trained model for other programs."))
    _add_families(command("families", "List the families of models and their settings."))
    weights = command("weights", "List pretrained networks, and which are on this machine.")
    weights.add_argument("--json", action="store_true", help="print JSON")
    _add_show(command("show", "Draw the waveform and the log-mel spectrogram of a file."))
    add_inspect(command("inspect", "Print facts about sound files, and their problems."))
    add_features(command("features", "Write the features of clips as a table."))
    add_lm(command("lm", "Train a language model on texts, for transcripts."))
    tuned = command("tune-decoder", "Find the weights of a language model for transcripts.")
    add_model(tuned)
    add_data(tuned)
    add_tune_decoder(tuned)
    add_on_error(tuned)
    return whole


def _example(*names: str) -> dict:
    """Returns the arguments of a parser that show examples below its help."""
    lines = [f"  {line}" for name in names for line in EXAMPLES[name]]
    title = "example:" if len(lines) == 1 else "examples:"
    return {
        "epilog": "\n".join([title, *lines]),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    add_data(parser)
    parser.add_argument(
        "--split",
        choices=["test", "all"],
        help="rows to judge on (default: test if there is a split column, else all)",
    )
    parser.add_argument("--json", metavar="FILE", help="also write the result to this file")
    add_shares(parser, " (default: the thresholds of the model)")
    add_other_sounds(parser)
    add_channel(parser, trained=True)
    add_decoding(parser.add_argument_group("networks for text"))
    add_on_error(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument(
        "--format",
        choices=["savedmodel", "litert", "onnx", "openvino", "cpp", "coreml"],
        default="savedmodel",
        help="savedmodel, openvino: a folder for TensorFlow or OpenVINO; litert, onnx: one "
        "file; for boosted trees onnx, or cpp or coreml for the trees alone (default: "
        "savedmodel)",
    )
    parser.add_argument(
        "--sample-rate",
        type=int,
        metavar="HZ",
        help="sample rate of the input of the file, which resamples it (default: the model's "
        "rate)",
    )
    parser.add_argument(
        "--precision",
        choices=["float32", "bfloat16"],
        default="float32",
        help="openvino: bfloat16 halves the size, and computes in bfloat16 where the processor "
        "supports it; prints the deviation (default: float32)",
    )
    parser.add_argument(
        "--quantize",
        choices=["int8"],
        help="litert, onnx, openvino: weights in 8 bits, a quarter of the size; prints the "
        "deviation",
    )
    add_min_confidence(parser, "lowest probability at which the output confident is true")
    parser.add_argument("--out", required=True, metavar="PATH", help="folder or file to write")


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a sound file")
    parser.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help="picture to write: .png, .pdf, .svg and others",
    )
    parser.add_argument(
        "--augment",
        metavar="NAME|FILE",
        help="draw the sound before and after a recipe of augmentation, and write both as WAV "
        "files next to the picture",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the augmentation (default: 0)"
    )
    add_channel(parser, split=False)
    add_limits(parser)


def _add_families(parser: argparse.ArgumentParser) -> None:
    named = parser.add_argument(
        "families", nargs="*", metavar="NAME", help="families to list (default: all)"
    )
    named.completer = family_names  # type: ignore[attr-defined]
    parser.add_argument("--json", action="store_true", help="print JSON")
