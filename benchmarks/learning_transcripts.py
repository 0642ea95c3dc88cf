"""How many words of new speakers do speech networks get wrong?

    python benchmarks/learning_transcripts.py examples/data/spoken_digits/manifest.csv \
        --strings 30 --test s21,s22,s23,s24,s25,s26 --sample-rate 8000 \
        --out benchmarks/results/transcripts.jsonl

DATA is a manifest with transcripts in the column `text` or `label`. With `--strings N` each
clip is one word. For each speaker, N strings of 3 to 7 words are joined from the speaker's own
clips, with pauses of 0 to 0.25 s. Labels that are digits become words. `--test` names the test
speakers; without it, a share of the speakers is the test. With `--lm`, a language model is
trained on the training texts and its weights are tuned on the validation speakers. Both greedy
decoding and beam search are then evaluated. Intervals resample speakers.

With `--pretrain EPOCHS`, the family `wav2vec2` is pretrained on the audio of the training
clips, without their texts. With `--overfit N`, a network is trained on N clips without
validation clips, and tested on the same clips.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
from harness import report

DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
PAUSE_S = 0.25


def strings_of(table, count, rate, folder, seed):
    """Joins the clips of each speaker to strings of words and returns their table."""
    from kapre_like import audio

    rng, rows = np.random.default_rng(seed), []
    for speaker, mine in table.groupby("speaker"):
        clips = [
            np.asarray(audio.read(path, sample_rate=rate)).ravel() for path in mine["path"]
        ]
        words = [DIGITS[int(w)] if w.isdigit() else w for w in mine["text"]]
        for number in range(count):
            chosen = rng.integers(len(clips), size=rng.integers(3, 8))
            pauses = [np.zeros(round(rng.uniform(0, PAUSE_S) * rate)) for _ in chosen]
            parts = [
                part for n, p in zip(chosen, pauses, strict=True) for part in (clips[n], p)
            ]
            path = folder / f"{speaker}-{number}.flac"
            soundfile.write(path, np.clip(np.concatenate(parts), -1, 1), rate)
            text = " ".join(words[n] for n in chosen)
            rows.append({"path": path, "text": text, "speaker": speaker})
    return pd.DataFrame(rows)


def read(data, path_column, group_column):
    """Returns the manifest's paths, texts and speakers."""
    table = pd.read_csv(data, dtype=str)
    text = "text" if "text" in table else "label"
    return pd.DataFrame(
        {
            "path": [Path(data).absolute().parent / path for path in table[path_column]],
            "text": table[text],
            "speaker": table[group_column] if group_column in table else table[path_column],
        }
    )


def with_splits(table, test, share, seed):
    """Adds a column `split`. The test has the named speakers, or a random share of them."""
    speakers = sorted(table["speaker"].unique())
    if test is None:
        rng = np.random.default_rng(seed)
        test = rng.permutation(speakers)[: max(1, round(share * len(speakers)))]
    tested = table["speaker"].isin(list(test))
    return table.assign(split=np.where(tested, "test", "train"))


def overfit(table, model, options, folder):
    """Trains on a few clips for all epochs, and evaluates on the same clips."""
    from kapre_like.audio import read, read_dataset
    from kapre_like.audio.scan import scan
    from kapre_like.models.artifact.registry import find
    from kapre_like.models.artifact.settings import build
    from kapre_like.models.text import Errors, Vocabulary, errors

    chosen = table.sample(options.overfit, random_state=options.seed)
    chosen.rename(columns={"text": "label"}).to_csv(folder / "clips.csv", index=False)
    rate, cls = options.sample_rate, find(model)
    clips = scan(read_dataset(folder / "clips.csv"), sample_rate=rate).table
    settings = build(model, cls.Settings, dict(options.set))
    recipe = {
        "format": 2, "family": model, "task": "transcribe", "sample_rate": rate,
        "class_names": None, "seconds": None, "seed": options.seed, "epochs": options.epochs,
        "channel": "mix", "settings": dict(options.set),
    }  # fmt: skip
    began = time.perf_counter()
    trained = cls.train(
        clips, None, recipe=recipe, settings=settings, folder=folder / "work", log=print
    )
    seconds = round(time.perf_counter() - began, 1)
    texts = trained.predict([read(path, sample_rate=rate).ravel() for path in clips["path"]])
    rule = Vocabulary.from_json(trained.recipe["text"]["vocabulary"]).rule
    pairs = [(rule(truth), text) for truth, text in zip(clips["label"], texts, strict=True)]
    print(*[pair for pair in pairs if pair[0] != pair[1]], sep="\n")
    found = sum((errors(*pair) for pair in pairs), Errors())
    counts = {"n": len(clips), "words": found.words, "letters": found.letters}
    about = {"epochs": trained.recipe["settings"]["epochs"], "seconds_train": seconds}
    return {"greedy": {"wer": found.wer, "cer": found.cer, **counts, **about}}


def pretrained(table, epochs, options, folder):
    """Returns a checkpoint that was pretrained on the audio of the training clips."""
    from kapre_like.models.experiment import pretrain

    manifest = folder / "audio.csv"
    table.loc[table["split"] == "train", ["path"]].to_csv(manifest, index=False)
    out = folder / "checkpoint"
    pretrain(manifest, out=out, epochs=epochs, seed=options.seed, log=print)
    return out


def language_model(table, model, manifest, folder):
    """Returns a tuned beam search with a trigram model of the training texts."""
    from kapre_like.models.experiment import tune_decoder
    from kapre_like.models.text import TextRule, train_kneser_ney
    from kapre_like.models.text.decoder import Decoder

    texts = table.loc[table["split"] == "train", "text"]
    arpa = folder / "lm.arpa"
    train_kneser_ney([TextRule()(text) for text in texts], 3).write_arpa(arpa)
    found = tune_decoder(model, manifest, language_model=arpa)
    weights = {name: found[name] for name in ("alpha", "beta", "beam")}
    return Decoder(language_model=arpa, **weights), weights


def evaluated(table, model, options, folder):
    """Trains and evaluates a network, and returns the figures of each decoder."""
    from kapre_like.models.experiment import evaluate, train

    manifest, out = folder / "table.csv", folder / f"model-{model}"
    table.to_csv(manifest, index=False)
    settings, began = dict(options.set), time.perf_counter()
    if options.lm:
        # The language model is tuned on the validation clips, so they must not be learned.
        settings.setdefault("refit", False)
    if options.pretrain:
        settings["checkpoint"] = str(pretrained(table, options.pretrain, options, folder))
    recipe = train(
        manifest, model=model, task="transcribe", out=out, seed=options.seed,
        sample_rate=options.sample_rate, epochs=options.epochs, on_error="skip",
        group_column="speaker", settings=settings, log=print,
    )  # fmt: skip
    seconds = time.perf_counter() - began
    about = {
        "seconds_train": round(seconds, 1), "epochs": recipe["settings"].get("epochs"),
        "best_epoch": recipe["settings"]["best_epoch"], "clips": recipe["trained_on"]["n"],
    }  # fmt: skip
    found = {"greedy": {**figures(evaluate(out, manifest)), **about}}
    if options.lm:
        decoder, weights = language_model(table, out, manifest, folder)
        found["beam, language model"] = {**figures(evaluate(out, manifest, decoder=decoder)),
                                         **weights}  # fmt: skip
    return found


def figures(result):
    """Returns the figures of an evaluation that a result line contains."""
    names = ("wer", "cer", "n", "words", "substitutions", "deletions", "insertions")
    kept = {name: result[name] for name in names}
    return kept | {"wer_interval": [round(end, 4) for end in result["intervals"]["wer"]]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--models", nargs="+", default=["deepspeech2", "conformer"])
    parser.add_argument("--strings", type=int, help="strings of words per speaker")
    parser.add_argument("--test", type=lambda text: text.split(","), help="test speakers")
    parser.add_argument("--test-share", type=float, default=0.25)
    parser.add_argument("--path-column", default="path")
    parser.add_argument("--group-column", default="speaker")
    parser.add_argument("--sample-rate", type=int, default=16000)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--overfit", type=int, metavar="N", help="train and test on N clips")
    parser.add_argument("--pretrain", type=int, metavar="EPOCHS", help="pretrain without texts")
    parser.add_argument("--lm", action="store_true")
    parser.add_argument("--set", type=lambda t: t.split("=", 1), action="append", default=[])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    for model in options.models:
        with tempfile.TemporaryDirectory() as folder:
            table = read(options.data, options.path_column, options.group_column)
            if options.strings:
                table = strings_of(
                    table, options.strings, options.sample_rate, Path(folder), options.seed
                )
            if options.overfit:
                results = overfit(table, model, options, Path(folder))
            else:
                table = with_splits(table, options.test, options.test_share, options.seed)
                results = evaluated(table, model, options, Path(folder))
        names = ("strings", "test", "sample_rate", "seed", "overfit", "pretrain", "set")
        setting = {name: getattr(options, name) for name in names if getattr(options, name)}
        report("word errors of new speakers", results, out=options.out, model=model, **setting)


if __name__ == "__main__":
    main()
