"""Words of the command line about text: how it is read from a network, and written."""

import argparse
from typing import Any

FORMATS = ("text", "json", "srt", "vtt", "ctm")


def add_text(parser: argparse.ArgumentParser) -> None:
    """Adds what `predict` takes for networks that write down what is said."""
    group = parser.add_argument_group("networks for text")
    group.add_argument(
        "--format",
        choices=FORMATS,
        help="text, json (as --json), subtitles (srt, vtt), or words with times (ctm)",
    )
    group.add_argument(
        "--out",
        metavar="PATH",
        help="write the text, subtitles or words there: a file, or a folder of a file each "
        "(default: standard output)",
    )
    group.add_argument(
        "--stream",
        action="store_true",
        help="hear standard input (-) as it comes, 16-bit mono sound, and print each word when "
        "it has ended; for networks with causal=true",
    )
    add_decoding(group)


def add_decoding(group: argparse._ActionsContainer) -> None:
    """Adds how a network's output is read: beam, language model, hot words."""
    group.add_argument(
        "--lm", metavar="FILE", help="language model, an ARPA file (see kapre-like lm)"
    )
    group.add_argument(
        "--beam",
        type=int,
        metavar="N",
        help="prefixes that a beam search keeps (default: 100 with --lm or --hot-word, else "
        "none: the likeliest token of each frame)",
    )
    group.add_argument("--alpha", type=float, metavar="A", help="weight of --lm (default: 0.5)")
    group.add_argument(
        "--beta", type=float, metavar="B", help="nats that each word adds (default: 1)"
    )
    group.add_argument(
        "--hot-word",
        action="append",
        metavar="WORD",
        help="a word to expect; may be given several times",
    )


def decoder_of(options: argparse.Namespace) -> Any | None:
    """Returns the decoder that was asked for; `None` leaves the model's own.

    Raises:
        ValueError: If words do not go together, or the language model cannot be read.
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
