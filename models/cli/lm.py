"""The command `lm`: an n-gram language model of texts, for the decoder of `predict`."""

import argparse

from kapre_like._replacing import check_file
from kapre_like.models.cli.console import Console


def add_lm(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `lm`."""
    parser.add_argument(
        "texts", nargs="+", metavar="TEXT", help="text file, one sentence per line, or manifest"
    )
    parser.add_argument(
        "--text-column", metavar="NAME", help="column of the texts, if TEXT is a manifest"
    )
    parser.add_argument(
        "--order", type=int, default=3, metavar="N", help="words per n-gram (default: 3)"
    )
    for name, choices, text in (
        ("case", ("lower", "upper", "keep"), "case of letters, as in the network's vocabulary"),
        ("punctuation", ("remove", "keep"), "apostrophes inside words are always kept"),
        ("numbers", ("keep", "words"), "words: write digits as English words"),
    ):
        text = f"{text} (default: {choices[0]})"
        parser.add_argument(f"--{name}", choices=choices, default=choices[0], help=text)
    parser.add_argument(
        "--out", required=True, metavar="FILE", help="ARPA file to write; .gz compresses it"
    )


def train_lm(options: argparse.Namespace, console: Console) -> int:
    """Trains a model and writes it; returns 0."""
    from kapre_like.models.text.corpus import corpus_lines
    from kapre_like.models.text.kneser_ney import train_kneser_ney
    from kapre_like.models.text.normalization import TextRule

    check_file(options.out)
    rule = TextRule(options.case, options.punctuation, options.numbers)
    lines = [
        clean
        for path in options.texts
        for line in corpus_lines(path, options.text_column)
        if (clean := rule(line))
    ]
    if not lines:
        raise ValueError(
            f"{', '.join(options.texts)}: no words are left by {rule}. Name other texts."
        )
    model = train_kneser_ney(lines, options.order)
    model.write_arpa(options.out)
    console.progress(
        f"wrote {options.out}: order {model.order}, {len(model.words)} different words of "
        f"{sum(len(line.split()) for line in lines)} in {len(lines)} texts"
    )
    return 0
