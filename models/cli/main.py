"""The command line `kapre-like`: one command per function of `models/experiment/`.

Large packages are imported only when a command needs them. An error that a user can fix is
printed as one line on stderr, without a traceback, and the exit code is 2.
"""

import argparse
import json
import os
import shlex
import sys
from pathlib import Path

from kapre_like._replacing import why_full
from kapre_like.models.cli.console import Console, native_stderr_silenced
from kapre_like.models.cli.parsing import parse
from kapre_like.models.cli.sound_arguments import limits_of

# Errors that a user can fix: bad values and files, missing packages, dead workers.
_FIXABLE = (ValueError, OSError, ImportError)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns its exit code.

    Returns:
        0 for success; 2 after errors, each of which is one line on stderr; 130 if interrupted.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        options = parse(_COMMANDS, arguments)
    except SystemExit as end:
        # Flush the text of --help here, because an error at the interpreter's exit is ugly.
        sys.exit(end.code or _settle_stdout(Console()))
    options.typed = shlex.join(["kapre-like", *arguments])
    with native_stderr_silenced():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Runs a parsed command. Converts an error to a line on stderr and an exit code."""
    console = Console()
    restore = console.show_warnings()
    try:
        with limits_of(options):
            return options.run(options, console)
    except BrokenPipeError:
        return _settle_stdout(console)
    except _FIXABLE as error:
        console.trouble(_error_line(error))
        _settle_stdout(None)  # stdout may be the cause of the error
        return 2
    except KeyboardInterrupt:
        console.trouble("interrupted")
        return 130
    except Exception as error:
        # Libraries wrap errors of a full disk in classes of their own.
        if not why_full(error):
            raise
        console.trouble(_error_line(error))
        return 2
    finally:
        restore()
        console.close()


def _settle_stdout(console: Console | None) -> int:
    """Flushes stdout, which must not fail at the interpreter's exit; returns the exit code.

    A pipe that its reader has closed is not an error.
    """
    try:
        sys.stdout.flush()
        return 0
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if console is None or isinstance(error, BrokenPipeError):
            return 0
        console.trouble(_error_line(error))
        return 2


def _error_line(error: BaseException) -> str:
    """Returns the line for an error. For an error of the system it begins with the file."""
    if words := why_full(error):
        named = isinstance(error, OSError) and error.filename is not None
        where = f"{error.filename}: " if named else ""
        return f"{where}the disk is full ({words}). Free some space, or write elsewhere."
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}. Check the path and its permissions."
    return str(error) or type(error).__name__


def _train(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment import train

    train(
        options.data,
        model=options.model,
        out=options.out,
        overwrite=options.overwrite,
        log=console.progress,
        **_training(options),
        **_columns(options),
    )
    return 0


def _pretrain(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment import pretrain

    names = (
        "model", "out", "epochs", "seconds", "sample_rate", "seed", "channel", "on_error",
        "overwrite", "path_column", "start_column", "end_column", "audio_root",
    )  # fmt: skip
    chosen = {name: getattr(options, name) for name in names}
    chosen["settings"] = dict(options.set)
    pretrain(options.data, log=console.progress, **chosen)
    return 0


def _evaluate(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.text_arguments import decoder_of
    from kapre_like.models.experiment import evaluate, tables

    result = evaluate(
        options.model_path,
        options.data,
        split=options.split,
        json=options.json,
        channel=options.channel,
        precision=options.precision,
        recall=options.recall,
        other_sounds=options.other_sounds,
        decoder=decoder_of(options),
        on_error=options.on_error,
        log=console.progress,
        **_columns(options),
    )
    for table in tables.evaluation(result, f"{options.model_path} on {options.data}"):
        console.table(table.title, table.header, table.lines())
    return 0


def _predict(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.predicting import predict

    return predict(options, console)


def _compare(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment import compare, tables
    from kapre_like.models.experiment.wording import notes

    result = compare(
        options.data,
        models=options.models,
        out=options.out,
        folds=options.folds,
        margin=options.margin,
        learning_curve=options.learning_curve,
        price_per_hour=options.price_per_hour,
        clips_per_day=options.clips_per_day,
        other_sounds=options.other_sounds,
        command=options.typed,
        overwrite=options.overwrite,
        log=console.progress,
        **_training(options),
        **_columns(options),
    )
    for table in tables.comparison(result):
        console.table(table.title, table.header, table.lines())
        if table.note:
            console.result(table.note)
    for line in notes(result):
        console.result(line)
    console.result(result["advice"]["text"])
    for sentence in result["advice"]["basis"]:
        console.result(f"  {sentence}")
    report = Path(options.out) / "report.html"
    console.progress(f"wrote {report if report.exists() else options.out}")
    return 0


def _export(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment import export

    export(
        options.model_path,
        format=options.format,
        out=options.out,
        sample_rate=options.sample_rate,
        precision=options.precision,
        quantize=options.quantize,
        min_confidence=options.min_confidence,
        log=console.progress,
    )
    return 0


def _families(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment.listing import families, family_lines

    found = families(options.families)
    if options.json:
        console.result(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        console.result("\n".join(family_lines(found)))
    return 0


def _weights(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.embeddings import known

    found = known.known_networks()
    if options.json:
        console.result(json.dumps([known.as_json(one) for one in found], indent=1))
        return 0
    console.result("\n".join(known.lines(found)[:-1]))
    return 0


def _show(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.experiment import show
    from kapre_like.models.experiment.show_augmented import show_augmented

    written = [options.out]
    if options.augment is None:
        show(options.file, out=options.out, channel=options.channel)
    else:
        written = show_augmented(
            options.file, augment=options.augment, out=options.out,
            channel=options.channel, seed=options.seed,
        )  # fmt: skip
    for path in written:
        console.progress(f"wrote {path}")
    return 0


def _inspect(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.inspecting import inspect_all

    return inspect_all(options, console)


def _features(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.feature_arguments import write_features

    return write_features(options, console, _columns(options))


def _lm(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.lm import train_lm

    return train_lm(options, console)


def _tune_decoder(options: argparse.Namespace, console: Console) -> int:
    from kapre_like.models.cli.tuning import tune

    return tune(options, console, _columns(options))


def _training(options: argparse.Namespace) -> dict:
    """Returns the arguments that `train` and `compare` share."""
    names = (
        "task", "sample_rate", "seconds", "length_rule", "seed", "epochs", "minutes",
        "channel", "on_error", "precision", "recall", "calibrate",
    )  # fmt: skip
    return {"settings": dict(options.set), **{name: getattr(options, name) for name in names}}


def _columns(options: argparse.Namespace) -> dict:
    """Returns the columns that the user named. The library chooses the others."""
    names = ("path", "label", "group", "split", "start", "end")
    columns = {f"{name}_column": getattr(options, f"{name}_column") for name in names}
    columns |= {"test_split": options.test_split, "audio_root": options.audio_root}
    return {name: value for name, value in columns.items() if value is not None}


_COMMANDS = {
    "train": _train,
    "pretrain": _pretrain,
    "evaluate": _evaluate,
    "predict": _predict,
    "compare": _compare,
    "export": _export,
    "families": _families,
    "weights": _weights,
    "show": _show,
    "inspect": _inspect,
    "features": _features,
    "lm": _lm,
    "tune-decoder": _tune_decoder,
}
