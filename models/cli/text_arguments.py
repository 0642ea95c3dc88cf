"""Arguments about text: how the output of a network is decoded, and how text is written."""

import argparse
from typing import Any

FORMATS = ("text", "json", "srt", "vtt", "ctm")


def add_text(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `predict` for networks that transcribe speech."""
    group = parser.add_argument_group("networks for text")
    group.add_argument(
        "--format",
        choices=FORMATS,
        help="text, json (as --json), subtitles (srt, vtt), or words with times (ctm)",
    )
    group.add_argument(
        "--out",
        metavar="PATH",
        help="file for the text, subtitles or words, or a folder for one file per recording "
        "(default: standard output)",
    )
    group.add_argument(
        "--stream",
        action="store_true",
        help="process standard input (-), 16-bit mono sound, as it arrives, and print each "
        "word when it has ended; for networks with causal=true",
    )
    add_decoding(group)


def add_decoding(group: argparse._ActionsContainer) -> None:
    """Adds the arguments of the decoder: beam, language model, hot words."""
    group.add_argument(
        "--lm", metavar="FILE", help="language model, an ARPA file (see kapre-like lm)"
    )
    group.add_argument(
        "--beam",
        type=int,
        metavar="N",
        help="prefixes that a beam search keeps (default: 100 with --lm or --hot-word, else "
        "no search: the most probable token of each frame)",
    )
    group.add_argument("--alpha", type=float, metavar="A", help="weight of --lm (default: 0.5)")
    group.add_argument(
        "--beta", type=float, metavar="B", help="score in nats per word (default: 1)"
    )
    group.add_argument(
        "--hot-word",
        action="append",
        metavar="WORD",
        help="a word to expect; may be repeated",
    )


def decoder_of(options: argparse.Namespace) -> Any | None:
    """Returns the decoder of the arguments; `None` means the decoder of the model.

    Raises:
        ValueError: If arguments exclude each other, or the language model cannot be read.
    """
    from kapre_like.models.text.decoder import USUAL_BEAM, Decoder

    named = {"language_model": options.lm, "beam": options.beam}
    named |= {"hot_words": options.hot_word and tuple(options.hot_word)}
    named |= {"alpha": options.alpha, "beta": options.beta}
    given = {name: value for name, value in named.items() if value is not None}
    if not given:
        return None
    if "beam" not in given and ("language_model" in given or "hot_words" in given):
        given["beam"] = USUAL_BEAM
    if not given.get("beam"):
        for flag in ("alpha", "beta"):
            if flag in given:
                raise ValueError(f"--{flag} is for a beam search. Add --lm FILE or --beam N.")
    decoder = Decoder(**given)
    decoder.open()
    return decoder
