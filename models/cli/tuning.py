"""The command `tune-decoder`: finds the weights of a language model for a network for text."""

import argparse
import json

from kapre_like.models.cli.console import Console


def add_tune_decoder(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `tune-decoder`, other than the model and the data."""
    parser.add_argument(
        "--lm", required=True, metavar="FILE", help="language model, an ARPA file"
    )
    parser.add_argument(
        "--beam",
        type=int,
        default=100,
        metavar="N",
        help="prefixes that the beam search keeps (default: 100)",
    )
    parser.add_argument(
        "--json", metavar="FILE", help="also write the result and every trial to this file"
    )


def tune(options: argparse.Namespace, console: Console, columns: dict) -> int:
    """Tunes the weights, and prints the flags for `predict`; returns 0."""
    from kapre_like._replacing import check_file
    from kapre_like.models.artifact.recipe import write_json
    from kapre_like.models.experiment.decoding import lines, tune_decoder

    if options.json is not None:
        check_file(options.json)
    found = tune_decoder(
        options.model_path,
        options.data,
        language_model=options.lm,
        beam=options.beam,
        on_error=options.on_error,
        log=console.progress,
        **columns,
    )
    if options.json is not None:
        write_json(options.json, json.loads(json.dumps(found)))
    for line in lines(found):
        console.result(line)
    return 0
