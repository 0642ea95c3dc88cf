"""Results of comparisons, complete and without their optional parts, made in a moment.

No model is trained: answers are drawn at random, and figures are computed from them. What a
report draws of them is then like what it draws of real ones.
"""

import copy
import csv
from typing import NamedTuple

import numpy as np
import pandas as pd
import soundfile
from small_corpus import RATE, tone

from kapre_like.models.experiment.splitting import Stage

STRENGTH = {"boosted": 2.6, "vgg": 3.4, "guess": 0.0}
_LABELS = ("quiet", "cough", "sneeze", "speech", "siren")
# Parts that a comparison may lack: not chosen, or impossible with the data.
OPTIONAL_OF_MODELS = (
    "beats_guessing",
    "seconds_features",
    "five_files",
    "throughput_clips_per_s",
    "energy",
    "money",
    "per_class",
    "calibration",
    "selective",
    "pr_curves",
    "out_of_set",
    "conformal",
)
OPTIONAL = ("baselines", "cascades", "learning_curve", "budget", "worst")


class Sample(NamedTuple):
    """What `write_report` takes."""

    result: dict
    stages: list
    predictions: object


def sample(
    folder, *, task="classify", n_classes=5, folds=1, verdict="recommended", groups=12, seed=0
):
    """Returns a result of format 2 with every part that its task can have."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    names = [*_LABELS, *(f"kind_of_sound_{n:02d}" for n in range(45))][:n_classes]
    table = _table(folder, names, task, groups, rng)
    stages = _stages(table, folds)
    tested = pd.concat([stage.test for stage in stages], ignore_index=True)
    if task == "classify":
        output = {name: _shares(tested, names, s, rng) for name, s in STRENGTH.items()}
    else:
        output = {name: _scores(tested, s, rng) for name, s in STRENGTH.items()}
    judge = _classify if task == "classify" else _regress
    models = {
        name: _model(name, rng) | judge(tested, output[name], names, len(stages), rng)
        for name in STRENGTH
    }
    for name, model in models.items():
        model["folds"] = [
            {"name": stage.name, "n": len(stage.test), "seconds_train": 3.0, **model["metrics"]}
            for stage in stages
        ]
        model["histories"] = [_history(name, task, rng) for _ in stages]
    result = {
        "format": 2,
        "task": task,
        "task_inferred": True,
        "intervals_by": {"unit": "groups", "n": 4},
        "metrics": list(models["vgg"]["metrics"]),
        "models": models,
        "baselines": _baselines(task, tested, names),
        "advice": _advice(task, verdict),
        "cascades": _cascades() if task == "classify" else [],
        "learning_curve": _learning_curve(task, rng),
        "budget": {
            "minutes": 20,
            "models": {
                "boosted": {"minutes": 1.2, "epochs": None, "fitted": True, "note": "fits"},
                "vgg": {
                    "minutes": 18.0,
                    "epochs": 14,
                    "fitted": False,
                    "note": "14 of 40 epochs fit into 18 minutes",
                },
            },
        },
        "worst": {name: _worst(tested, output[name], names, task) for name in STRENGTH},
        "data": _data(table, stages, task, names),
        "settings": {
            "sample_rate": RATE,
            "seconds": None,
            "length_rule": "whole",
            "seed": 0,
            "folds": folds if folds > 1 else None,
            "set": {},
        },
        "versions": {"kapre-like": "0.1.0", "numpy": np.__version__},
        "machine": {"processor": "test", "cores": 2},
        "command": "kapre-like compare '<b>data</b>' --models boosted,vgg,guess",
    }
    if task == "classify":
        result["class_names"] = names
    predictions = folder / "predictions.csv"
    _write_predictions(predictions, tested, output, names, task)
    return Sample(result, stages, predictions)


def bare(one, *, absent=False):
    """Returns a sample without what is optional: null, or not there at all."""
    result = copy.deepcopy(one.result)
    for holder, keys in [
        (result, OPTIONAL),
        *((m, OPTIONAL_OF_MODELS) for m in result["models"].values()),
    ]:
        for key in keys:
            holder.pop(key, None)
            if not absent:
                holder[key] = None
    for model in result["models"].values():
        model["importances"] = []
        model["histories"] = [{} for _ in one.stages]
        for times in model["latency_ms"].values():
            for key in ("compute_p50_ms", "compute_p90_ms", "compute_p99_ms"):
                times.pop(key)
    if absent:
        for key in ("test_groups", "copies"):
            result["data"].pop(key)
        del result["task_inferred"]
        for key in ("verdict", "basis", "groups_needed"):
            del result["advice"][key]
    else:
        result["data"]["copies"] = None
    return Sample(result, one.stages, one.predictions)


def _table(folder, names, task, groups, rng):
    """A row per group, class and take; the sounds of all are those of a few files."""
    files = []
    for number in range(6):
        path = folder / f"tone_{number}.flac"
        soundfile.write(path, tone(200 * 1.5**number, 0.5, seed=number), RATE)
        files.append(str(path))
    rows = []
    for group in range(groups):
        for index, name in enumerate(names):
            for take in range(2 + 6 * (index == 0)):
                rows.append(
                    {
                        "path": files[(index + take) % 6],
                        "label": name if task == "classify" else float(rng.normal(5, 1.5)),
                        "group": f"speaker {group}",
                        "split": "",
                        "start_s": float("nan"),
                        "end_s": float("nan"),
                        "duration_s": 0.5,
                        "digest": f"{group}-{index}-{take}",
                        "channel": "mix",
                        "problem": "",
                    }
                )
    table = pd.DataFrame(rows)
    table.attrs["has_groups"] = True
    return table


def _stages(table, folds):
    names = sorted(table["group"].unique())
    parts = [names[n::folds] for n in range(folds)] if folds > 1 else [names[: len(names) // 3]]
    stages = []
    for number, tested in enumerate(parts):
        is_test = table["group"].isin(tested)
        rest = table[~is_test]
        is_valid = rest["group"] == rest["group"].iloc[0]
        stages.append(
            Stage(
                f"fold {number + 1}" if folds > 1 else "test",
                rest[~is_valid].reset_index(drop=True),
                rest[is_valid].reset_index(drop=True),
                table[is_test].reset_index(drop=True),
            )
        )
    return stages


def _shares(tested, names, strength, rng):
    truth = tested["label"].map({name: n for n, name in enumerate(names)}).to_numpy()
    logits = rng.normal(0, 1.2, (len(tested), len(names)))
    logits[np.arange(len(truth)), truth] += strength
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True)


def _scores(tested, strength, rng):
    truth = tested["label"].to_numpy(float)
    share = strength / 4
    return truth.mean() + share * (truth - truth.mean()) + rng.normal(0, 0.8, len(truth))


def _around(metrics, width):
    return {key: [value - width, value + width] for key, value in metrics.items()}


def _model(name, rng):
    heavy = 1 + 20 * (name == "vgg")
    batch = {
        "read_ms": 0.9,
        "compute_ms": 2.2 * heavy,
        "compute_p50_ms": 2.1 * heavy,
        "compute_p90_ms": 2.6 * heavy,
        "compute_p99_ms": 4.2 * heavy,
    }
    features = [
        "duration_s",
        "centroid_hz_mean",
        "cep_03_std",
        "part2of5_cep_01",
        "timing_pauses_hz",
        *(f"mel_{n:02d}_{60 + 90 * n}hz_p90" for n in range(30)),
    ]
    weights = np.sort(rng.exponential(1, len(features)))[::-1]
    return {
        "family": name,
        "seconds_read": 1.4,
        "seconds_train": 6.1 * heavy,
        "seconds_features": 4.2 if name == "boosted" else None,
        "latency_ms": {"batch_1": batch, "batch_32": dict(batch)},
        "five_files": {"cold_s": 1.8 * heavy, "warm_s": 0.012 * heavy},
        "throughput_clips_per_s": 812 / heavy,
        "peak_memory_mb": 240.0 * (1 + (heavy > 1) * 5),
        "model_bytes": 410_000 * heavy,
        "n_parameters": 31_000 * heavy,
        "energy": {"joules_train": 410.0 * heavy, "joules_per_clip": 0.03 * heavy},
        "money": {
            "training": 0.004 * heavy,
            "per_month": 1.31 * heavy,
            "hours_per_month": 2.62 * heavy,
            "machines": 1,
            "currency_unit": "price units",
        },
        "importances": []
        if name == "vgg"
        else list(zip(features, weights.tolist(), strict=True)),
        "settings": {},
        "notes": ["stopped at the 400 trees that were allowed"] * (heavy == 1),
    }


def _history(name, task, rng):
    steps = 40 if name == "boosted" else 12
    fall = 1.5 * np.exp(-np.arange(steps) / (steps / 4))
    history = {
        "train_loss": (fall + 0.1).tolist(),
        "valid_loss": (fall + 0.3 + rng.normal(0, 0.02, steps)).tolist(),
    }
    if task == "classify":
        history["valid_accuracy"] = (0.95 - fall / 3).tolist()
    return history


def _classify(tested, shares, names, folds, rng):
    truth = tested["label"].map({name: n for n, name in enumerate(names)}).to_numpy()
    guess, best = shares.argmax(axis=1), shares.max(axis=1)
    right = guess == truth
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (truth, guess), 1)
    support, predicted = counts.sum(axis=1), np.maximum(counts.sum(axis=0), 1)
    recall, precision = np.diag(counts) / np.maximum(support, 1), np.diag(counts) / predicted
    f1 = 2 * recall * precision / np.maximum(recall + precision, 1e-9)
    metrics = {
        "accuracy": float(right.mean()),
        "balanced_accuracy": float(recall.mean()),
        "macro_f1": float(f1.mean()),
    }
    order = np.argsort(-best)
    covered = np.arange(1, len(order) + 1)
    risk = np.cumsum(~right[order]) / covered
    bins = [part for part in np.array_split(np.sort(best), 10) if len(part)]
    after = [
        {
            "confidence": float(part.mean()),
            "n": len(part),
            "accuracy": float(np.clip(part.mean() + rng.normal(0, 0.03), 0, 1)),
        }
        for part in bins
    ]
    before = [{**one, "accuracy": max(0.0, one["accuracy"] - 0.15)} for one in after]
    figures = {"ece": 0.02, "ece_interval": [0.01, 0.04], "brier": 0.2, "log_loss": 0.4}
    share = np.linspace(0.02, 1, 20)
    difference = metrics["balanced_accuracy"] - 1 / len(names)
    return {
        "metrics": metrics,
        "intervals": _around(metrics, 0.05),
        "spread": _spread(metrics) if folds > 1 else None,
        "beats_guessing": {
            "difference": difference,
            "beaten": difference > 0.05,
            "interval": [difference - 0.06, difference + 0.06],
        },
        "confusion": counts.tolist(),
        "per_class": {
            name: {
                "precision": float(precision[n]),
                "recall": float(recall[n]),
                "f1": float(f1[n]),
                "support": int(support[n]),
                "recall_interval": [max(0.0, recall[n] - 0.1), min(1.0, recall[n] + 0.1)],
            }
            for n, name in enumerate(names)
        },
        "calibration": {
            "method": "temperature",
            "n": 60,
            "groups": 4,
            "before": {**figures, "ece": 0.14, "ece_interval": [0.1, 0.18]},
            "after": figures,
            "reliability": {"before": before, "after": after},
        },
        "selective": {
            "risk_coverage": {
                "coverage": (covered / len(order)).tolist(),
                "risk": risk.tolist(),
            },
            "auroc": 0.86,
            "thresholds": {
                name: {"threshold": 0.6, "precision": 0.95, "recall": 0.7} for name in names
            },
        },
        "pr_curves": {
            name: {
                "recall": share.tolist(),
                "precision": (1 - share**3 * (0.2 + 0.02 * n)).tolist(),
            }
            for n, name in enumerate(names)
        },
        "out_of_set": {
            "silence": {"alarms_per_hour": 0.0, "share_confident": 0.0},
            "white noise": {"alarms_per_hour": 120.0, "share_confident": 0.08},
        },
        "conformal": None,
    }


def _spread(metrics):
    return dict.fromkeys(metrics, 0.03)


def _regress(tested, scores, names, folds, rng):
    truth = tested["label"].to_numpy(float)
    wrong = scores - truth
    metrics = {
        "mae": float(np.abs(wrong).mean()),
        "rmse": float(np.sqrt((wrong**2).mean())),
        "pearson": float(np.corrcoef(truth, scores)[0, 1]),
        "spearman": float(
            np.corrcoef(truth.argsort().argsort(), scores.argsort().argsort())[0, 1]
        ),
    }
    return {
        "metrics": metrics,
        "intervals": _around(metrics, 0.08),
        "spread": _spread(metrics) if folds > 1 else None,
        "beats_guessing": {
            "difference": metrics["pearson"],
            "interval": [0.2, 0.9],
            "beaten": metrics["pearson"] > 0.3,
        },
        "conformal": {
            "level": 0.9,
            "half_width": 1.7,
            "coverage": 0.91,
            "coverage_interval": [0.86, 0.95],
        },
        "calibration": None,
        "selective": None,
        "pr_curves": None,
        "out_of_set": None,
        "per_class": None,
    }


def _baselines(task, tested, names):
    def of(metrics, **more):
        return {
            "metrics": metrics,
            "intervals": _around({k: v for k, v in metrics.items() if v is not None}, 0.04),
            **more,
        }

    if task == "regress":
        mae = float((tested["label"] - tested["label"].mean()).abs().mean())
        none = {"mae": mae, "rmse": 1.3 * mae, "pearson": None, "spearman": None}
        found = {**none, "pearson": 0.31, "spearman": 0.3}
        return {
            "mean": of(none),
            "median": of(none),
            "best single feature": of(found, feature="level_rms_db"),
        }
    chance, most = 1 / len(names), float((tested["label"] == names[0]).mean())
    none = {"accuracy": most, "balanced_accuracy": chance, "macro_f1": chance / 2}
    return {
        "majority class": of(none, brier=0.4),
        "class prior": of({**none, "accuracy": most**2}, brier=0.3),
        "best single feature": of(
            {**none, "balanced_accuracy": min(1, 2 * chance)}, feature="centroid_hz_mean"
        ),
    }


def _advice(task, verdict):
    texts = {
        "recommended": "Use boosted: it is right as often as vgg, and trains in 6 seconds.",
        "undecided": "Undecided: these 4 test groups do not tell boosted from vgg.",
        "no_better_than_guessing": "No model here beats guessing.",
    }
    return {
        "recommended": "boosted" if verdict == "recommended" else None,
        "verdict": verdict,
        "best": "vgg",
        "margin": 0.02,
        "text": texts[verdict],
        "metric": "balanced_accuracy" if task == "classify" else "pearson",
        "basis": [
            "vgg is 1.2 points better, 95 % interval -2.0 to +4.1.",
            "It computes 21 times as long per clip and needs 6 times the memory.",
        ],
        "groups_needed": 14 if verdict == "undecided" else None,
    }


def _cascades():
    share = np.linspace(0, 1, 21)
    curve = [
        {
            "threshold": float(0.4 + 0.6 * s),
            "share_heavy": float(s),
            "cost_ms": 2.1 + 42 * float(s),
            "accuracy": 0.8 + 0.12 * float(s**0.4),
            "balanced_accuracy": 0.75 + 0.15 * float(s**0.4),
        }
        for s in share
    ]
    return [
        {
            "light": "boosted",
            "heavy": "vgg",
            "threshold": 0.71,
            "chosen_on": {"clips": 60, "groups": 4},
            "share_heavy": 0.18,
            "metrics": {"accuracy": 0.861, "balanced_accuracy": 0.826},
            "difference": -0.074,
            "interval": [-0.11, -0.03],
            "cost_ms": 9.7,
            "cost_ratio": 0.22,
            "curve": curve,
            "heavy_metrics": {"accuracy": 0.92, "balanced_accuracy": 0.9},
            "text": "send 18 % of clips to vgg: 82.6 % at 0.22 of its cost",
        }
    ]


def _learning_curve(task, rng):
    def of(top, gain):
        points = []
        for n, clips in enumerate((30, 60, 120, 240)):
            values = (top - 0.3 * 0.6**n + rng.normal(0, 0.02, 3)).tolist()
            points.append(
                {
                    "clips": clips,
                    "groups": 2 ** (n + 1) // 2,
                    "values": values,
                    "mean": float(np.mean(values)),
                }
            )
        return {
            "points": points,
            "doubling": {"gain": gain, "interval": [gain / 2, 2 * gain]},
            "text": f"Twice the recordings would help by about {100 * gain:.1f} points.",
        }

    return {"boosted": of(0.85, 0.005), "vgg": of(0.95, 0.03)}


def _worst(tested, output, names, task):
    if task == "regress":
        wrong = np.abs(output - tested["label"].to_numpy(float))
    else:
        guess = output.argmax(axis=1)
        is_wrong = np.array(names)[guess] != tested["label"].to_numpy()
        wrong = np.where(is_wrong, output.max(axis=1), -1)
    found = []
    for row in np.argsort(-wrong)[:10]:
        clip = tested.iloc[int(row)]
        entry = {"path": clip["path"], "start_s": None, "end_s": None}
        if task == "regress":
            entry |= {
                "true": clip["label"],
                "predicted": float(output[row]),
                "confidence": None,
            }
        else:
            entry |= {
                "true": clip["label"],
                "predicted": names[int(output[row].argmax())],
                "confidence": float(output[row].max()),
            }
        found.append(entry)
    return found


def _data(table, stages, task, names):
    sizes = [
        {
            "name": stage.name,
            **{n: len(getattr(stage, n)) for n in stage._fields[1:]},
            "groups": {n: int(getattr(stage, n)["group"].nunique()) for n in stage._fields[1:]},
        }
        for stage in stages
    ]
    twin = {"path": "a/<i>copy</i>.wav", "label": "cough", "split": "train"}
    about = {
        "path": "corpus/manifest.csv",
        "clips": len(table),
        "hours": len(table) * 0.5 / 3600,
        "duration_s": {"min": 0.3, "median": 0.5, "max": 0.9},
        "has_groups": True,
        "groups": 12,
        "test_groups": sum(size["groups"]["test"] for size in sizes),
        "skipped": [{"path": "mid_1_1.flac", "reason": "is no sound file that can be read"}],
        "problems": [{"path": "low.wav", "problem": "cut short: 0.99 of 2.10 s"}],
        "copies": {
            "identical": [[twin, {**twin, "path": "b.wav", "split": "test"}]],
            "near": [[twin, {**twin, "path": "c.wav"}]],
            "conflicting": [[twin, {**twin, "label": "sneeze"}]],
            "repeated_rows": 3,
            "action": "Copies were put into one split.",
        },
        "stages": sizes,
    }
    if task == "classify":
        counts = table["label"].value_counts()
        return about | {"classes": {name: int(counts[name]) for name in names}}
    scores = table["label"].astype(float)
    found = {key: float(getattr(scores, key)()) for key in ("min", "mean", "max", "std")}
    return about | {"scores": found}


def _write_predictions(path, tested, output, names, task):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        header = ["path", "start_s", "end_s", "group", "fold", "true"]
        for name in output:
            header += [name, f"{name}_probability"] if task == "classify" else [name]
        writer.writerow(header)
        for row, clip in enumerate(tested.itertuples()):
            cells = [clip.path, "", "", clip.group, "test", clip.label]
            for found in output.values():
                if task == "classify":
                    cells += [names[int(found[row].argmax())], f"{found[row].max():.6f}"]
                else:
                    cells.append(f"{found[row]:.6g}")
            writer.writerow(cells)
