"""The probe family: what it chooses, what it keeps, and every command over it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_corpus import read_rows, write_corpus
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT, FLOAT64_LONG

pytest.importorskip("tensorflow")
pytest.importorskip("catboost")
pytest.importorskip("torch")
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wav2vec2_checkpoints import save

import kapre_like
from kapre_like.audio import read, read_dataset
from kapre_like.audio.scan import scan
from kapre_like.models import evaluate, export, predict, train
from kapre_like.models.artifact.card import card_of
from kapre_like.models.artifact.recipe import write_recipe
from kapre_like.models.cli.main import main
from kapre_like.models.embeddings import embedding_table
from kapre_like.models.embeddings.frozen import FrozenNetwork
from kapre_like.models.probe import choosing
from kapre_like.models.probe.choosing import Search
from kapre_like.models.probe.family import ProbeModel
from kapre_like.models.probe.settings import ProbeSettings
from kapre_like.models.probe.views import View, layers_of
from kapre_like.models.training import linear
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.labels import tempered_weights
from kapre_like.models.training.linear_trials import Examples

RATE = 16000


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of our own, which worker processes inherit."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("KAPRE_LIKE_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    splits = ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    folder = tmp_path_factory.mktemp("data")
    return write_corpus(folder, speakers=8, takes=2, splits=splits)


@pytest.fixture(scope="module")
def table(manifest):
    return scan(read_dataset(manifest), sample_rate=RATE).table


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    save(folder)
    return folder


@pytest.fixture(scope="module")
def compared(no_cold_start, manifest, checkpoint, tmp_path_factory):
    """`compare` of two families from the command line, with what it wrote."""
    out = tmp_path_factory.mktemp("compared") / "c"
    command = ["compare", str(manifest), "--models", "level,probe", "--out", str(out)]
    sets = ["--set", "max_trees=20", "--set", f"backbone={checkpoint}"]
    assert main([*command, *sets]) == 0
    return out, json.loads((out / "compare.json").read_text())


def recipe_of(**changes):
    return {
        "format": 2, "family": "probe", "task": "classify", "sample_rate": RATE,
        "class_names": ["high", "low"], "seconds": None, "seed": 0, "epochs": None,
        **changes,
    }  # fmt: skip


def trained(table, checkpoint, log=str, *, settings=None, **changes):
    parts = (table[table["split"] == name] for name in ("train", "valid"))
    usual = {"backbone": str(checkpoint), "max_trees": 10, "pooling": "mean+std"}
    settings = {**usual, **(settings or {})}
    asked = ProbeSettings(**settings)
    return ProbeModel.train(*parts, recipe=recipe_of(**changes), settings=asked, log=log)


def waves(table):
    return [read(path, sample_rate=RATE) for path in table["path"]]


@pytest.fixture(scope="module", params=["linear", "boosted", "fusion"])
def model(request, table, checkpoint):
    return trained(table, checkpoint, settings={"head": request.param, "layer": 1})


@pytest.mark.slow  # other families are compared in `make test`, and this one is trained
def test_compare_trains_it_beside_the_others(compared):
    out, result = compared
    assert list(result["models"]) == ["level", "probe"]
    probe = result["models"]["probe"]
    assert probe["metrics"]["accuracy"] == 1.0
    assert probe["settings"]["head"] in ("linear", "boosted")
    assert sorted(probe["settings"]["valid_losses"]) == ["l00", "l01", "l02"]
    assert probe["n_parameters"] > 10_000
    assert probe["importances"][0][0].startswith("w2v_l0")
    assert set(probe["histories"][0]) >= {"train_loss", "valid_loss", "valid_accuracy"}
    assert (out / "report.html").is_file()


@pytest.mark.slow
def test_what_compare_trained_answers_to_every_command(compared, manifest, capsys, tmp_path):
    out, result = compared
    got = evaluate(out / "probe", manifest)
    expected = result["models"]["probe"]["metrics"]
    assert {name: got[name] for name in expected} == pytest.approx(expected)
    # What it chose by, it has learned from in the end.
    assert evaluate(out / "probe", manifest, split="all")["n_trained_on"] == 24
    file = str(manifest.parent / "low_7_0.flac")
    assert main(["predict", str(out / "probe"), file, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["label"] == "low"
    assert kapre_like.load_model(out / "probe").predict([read(file, sample_rate=RATE)]).shape
    assert kapre_like.metadata(out / "probe")["class_names"] == ["high", "low"]


def test_it_predicts_the_same_alone_saved_and_without_the_checkpoint(
    model, table, checkpoint, tmp_path
):
    clips = waves(table[table["split"] == "test"])
    together = model.predict(clips)
    assert together.shape == (8, 2)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=FLOAT32_SHORT)
    alone = np.concatenate([model.predict([clip]) for clip in clips[:3]])
    np.testing.assert_allclose(alone, together[:3], atol=FLOAT32)
    model.save(tmp_path)
    write_recipe(tmp_path, model.recipe)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        [*model.model_files(), "recipe.json"]
    )
    hidden = checkpoint.with_name("away")
    checkpoint.rename(hidden)
    try:
        loaded = ProbeModel.load(tmp_path)
    finally:
        hidden.rename(checkpoint)
    np.testing.assert_allclose(loaded.predict(clips), together, atol=FLOAT32_SHORT)
    assert loaded.n_parameters == model.n_parameters
    assert loaded.recipe["settings"]["layer"] == "l01"


def test_importances_are_sorted_and_the_network_ends_at_its_depth(model):
    names, values = zip(*model.importances, strict=True)
    ours = [name for name in names if name.startswith("w2v_l01_")]
    assert len({*ours}) == 64
    assert (len(ours) < len(names)) == (model.recipe["settings"]["head"] == "fusion")
    assert sum(values) == pytest.approx(100)
    assert list(values) == sorted(values, reverse=True)
    layers = {layer.name for layer in model.model.layers}
    assert "block_0" in layers
    assert not {"block_1", "encoder_norm_1"} & layers
    assert {"train_loss", "valid_loss", "valid_accuracy"} == {*model.history}


@pytest.mark.slow
def test_a_linear_probe_is_exported_and_trees_are_refused(model, table, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    model.save(folder)
    write_recipe(folder, {**model.recipe, "files": model.model_files()})
    files = [Path(path) for path in table["path"][:2]]
    if model.recipe["settings"]["head"] != "linear":
        with pytest.raises(ValueError, match=r"cannot be exported.*--set head=linear"):
            export(folder, out=tmp_path / "saved")
        return
    saved = export(folder, out=tmp_path / "saved")
    for path in (saved, folder / "model.keras"):
        for got, expected in zip(predict(path, files), predict(folder, files), strict=True):
            assert got["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


@pytest.mark.parametrize("kind", ["linear", "boosted", "fusion"])
def test_scores_are_learned(kind, manifest, checkpoint, tmp_path):
    scores = scan(
        read_dataset(manifest, task="regress", label_column="score"), sample_rate=RATE
    ).table
    facts = {"task": "regress", "class_names": None}
    settings = {"head": kind, "layer": 0, "max_trees": 200}
    model = trained(scores, checkpoint, settings=settings, **facts)
    test = scores[scores["split"] == "test"]
    got = model.predict(waves(test))
    assert got.shape == (len(test),)
    assert np.corrcoef(got, test["label"])[0, 1] > 0.9
    assert {*model.history} == {"train_loss", "valid_loss"}


@pytest.mark.slow
def test_a_second_training_uses_the_cache_only(table, checkpoint):
    lines = []
    facts = {"settings": {"head": "linear", "layer": 2}, "seconds": 0.2}
    first = trained(table, checkpoint, lines.append, **facts)
    again = trained(table, checkpoint, lines.append, **facts)
    heard = [line for line in lines if line.startswith("embeddings")]
    assert [line.split()[4] for line in heard] == ["0", "24"]
    clips = waves(table[:2])
    np.testing.assert_allclose(again.predict(clips), first.predict(clips), atol=FLOAT32_SHORT)
    # The crop of training is the crop of predicting.
    middle = [clip[(len(clip) - 3200) // 2 :][:3200] for clip in clips]
    np.testing.assert_allclose(first.predict(middle), first.predict(clips), atol=FLOAT32_SHORT)


def test_clips_of_another_rate_are_resampled_with_a_note(table, checkpoint):
    lines = []
    settings = {"head": "linear", "layer": 1}
    model = trained(table, checkpoint, lines.append, settings=settings, sample_rate=8000)
    said = [line for line in lines if "resampled from 8000 to 16000 Hz" in line]
    assert len(said) == 1
    assert said[0] in model.recipe["settings"]["notes"]
    clips = [read(path, sample_rate=8000) for path in table["path"][:4]]
    assert model.predict(clips).shape == (4, 2)
    # The card has the rate of the clips, because the resampler is part of the network.
    assert card_of(model.network()).sample_rate == 8000


@pytest.mark.parametrize(
    "settings", [{"head": "forest"}, {"layer": 9}, {"head": None}, {"pooling": "median"}]
)
def test_a_setting_outside_its_domain_is_refused(settings, manifest, checkpoint, tmp_path):
    settings = {"backbone": str(checkpoint), **settings}
    with pytest.raises(ValueError, match=r"`(head|layer|pooling)` must be"):
        train(manifest, model="probe", out=tmp_path / "p", settings=settings)


@pytest.mark.slow
def test_depth_and_kind_are_chosen_on_the_command_line(manifest, tmp_path, capsys):
    command = ["train", str(manifest), "--model", "probe", "--out", str(tmp_path / "p")]
    assert main([*command, "--set", "layer=-1", "--set", "head=linear"]) == 0
    assert "not a pretrained model" in capsys.readouterr().err
    settings = kapre_like.metadata(tmp_path / "p")["recipe"]["settings"]
    assert (settings["layer"], settings["head"]) == ("l04", "linear")
    assert "is used; this is not a pretrained model" in settings["notes"][0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "probe", "--set", "layer=9"], "`layer` must be an int from -5 to 4"),
        (["--model", "probe", "--set", "layer=x"], "`layer` must be an int from -5 to 4"),
        (["--model", "boosted", "--set", "layer=1"], "there is no setting `layer`"),
        (["--model", "vgg", "--set", "head=trees"], "there is no setting `head`"),
    ],
)
def test_a_choice_that_means_nothing_is_refused(words, told, manifest, tmp_path, capsys):
    assert main(["train", str(manifest), *words, "--out", str(tmp_path / "p")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert told in lines[0]


def test_without_folds_it_is_linear_on_the_middle(table, checkpoint):
    lines = []
    two = table.groupby("label").head(1)
    asked = ProbeSettings(backbone=str(checkpoint))
    model = ProbeModel.train(two, None, recipe=recipe_of(), settings=asked, log=lines.append)
    assert model.recipe["settings"]["layer"] == "l01"
    assert model.recipe["settings"]["head"] == "linear"
    assert "too few clips to compare heads, so the probe is linear" in lines
    assert "give each label 2 clips or more" in model.recipe["settings"]["notes"][0]
    assert model.held_out.digests == []


def test_held_out_answers_cover_training_and_validation(model, table):
    ordered = pd.concat([table[table["split"] == name] for name in ("train", "valid")])
    names, output = model.held_out
    assert names == ordered["digest"].tolist()
    assert output.shape == (24, 2)
    np.testing.assert_allclose(output.sum(axis=1), 1, atol=FLOAT64_LONG)
    truth = (ordered["label"] == "low").to_numpy()
    # Tones of two pitches are easy to classify, even of new speakers.
    assert (output.argmax(axis=1) == truth).mean() > 0.9


# -- choosing, and the linear model -------------------------------------------------------


def rows_of(classes=3, n=90, columns=12, told=2.0, seed=0):
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % classes
    rows = rng.normal(size=(n, columns)) * np.geomspace(1e-2, 1e2, columns) + 5
    rows[:, :classes] += told * rows[:, :classes].std(axis=0) * np.eye(classes)[targets]
    return rows.astype("float32"), targets


THIRDS = [np.arange(90) // 30 == third for third in range(3)]


@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_gives_the_numbers_of_scikit_learn(classes):
    rows, targets = (part[np.r_[0:9, 9:90:classes]] for part in rows_of(classes))
    counts = np.bincount(targets)
    assert len(set(counts)) > 1
    (fitted,) = linear.fit(rows, targets, classes, [0.1], solver="logistic")
    weights = tempered_weights(counts)[targets]
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(
        rows.astype("float64"), targets, logisticregression__sample_weight=weights
    )
    expected = theirs.predict_proba(rows.astype("float64"))
    np.testing.assert_allclose(
        probabilities(fitted, rows, classes), expected, atol=FLOAT32_SHORT
    )


@pytest.mark.parametrize("columns", [12, 120])
def test_ridges_give_the_numbers_of_scikit_learn(columns):
    rows, targets = (part[np.r_[0:9, 9:90:3]] for part in rows_of(columns=columns))
    weights = tempered_weights(np.bincount(targets))[targets]
    strengths = [1e-3, 0.1]
    for strength, ours in zip(strengths, linear.fit(rows, targets, 3, strengths), strict=True):
        theirs = make_pipeline(StandardScaler(), Ridge(alpha=len(rows) / (1e3 * strength)))
        signs = 2.0 * np.eye(3)[targets] - 1
        theirs.fit(rows.astype("float64"), signs, ridge__sample_weight=weights)
        expected = theirs.predict(rows.astype("float64"))
        np.testing.assert_allclose(
            linear.logits(ours, rows), expected, rtol=FLOAT32_LONG, atol=FLOAT32_SHORT
        )


def test_a_common_scale_keeps_columns_as_loud_as_they_are():
    rows, targets = rows_of()
    (fitted,) = linear.fit(rows, targets, 3, [0.1], scaling="common")
    x = rows.astype("float64") - rows.mean(axis=0)
    x /= np.sqrt((x**2).mean())
    theirs = Ridge(alpha=len(rows) / 100).fit(x, 2.0 * np.eye(3)[targets] - 1)
    np.testing.assert_allclose(
        linear.logits(fitted, rows), theirs.predict(x), rtol=FLOAT32_LONG, atol=FLOAT32_SHORT
    )


def test_ridge_of_scores_gives_the_numbers_of_scikit_learn():
    rows, _ = rows_of()
    (fitted,) = linear.fit(rows, rows[:, 0], None, [0.1])
    theirs = make_pipeline(StandardScaler(), Ridge(alpha=len(rows) / 100))
    expected = theirs.fit(rows.astype("float64"), rows[:, 0]).predict(rows)
    np.testing.assert_allclose(probabilities(fitted, rows, None), expected, rtol=FLOAT32_LONG)


def probabilities(fitted, rows, classes):
    return linear.answers(linear.logits(fitted, rows), classes)


@pytest.mark.parametrize("solver", linear.SOLVERS)
def test_a_class_without_clips_has_no_probability(solver):
    rows, targets = rows_of(2)
    (fitted,) = linear.fit(rows, targets + 1, 4, [0.1], solver=solver)
    shares = probabilities(fitted, rows, 4)
    np.testing.assert_array_equal(shares[:, [0, 3]], 0.0)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_columns_that_move_the_answer_matter():
    rows, targets = rows_of(3)
    (fitted,) = linear.fit(rows, targets, 3, [0.1])
    ranked = fitted.importances([f"c{i}" for i in range(12)])
    assert {name for name, _ in ranked[:3]} == {"c0", "c1", "c2"}
    assert sum(value for _, value in ranked) == pytest.approx(100)


def test_the_scale_of_a_ridge_is_the_best_of_held_out_clips():
    rows, targets = rows_of()
    examples = Examples(rows, targets, THIRDS)
    (trial,) = examples.trials(3, [0.1])
    logits = np.log(trial.output) / trial.scale
    for factor in (0.8, 1.25):
        other = linear.answers(factor * trial.scale * logits, 3)
        assert examples.loss(other, 3) >= trial.loss


def search_of(n_classes=3, max_trees=20, minutes=None, log=str):
    return Search(n_classes, 0, max_trees, log, Deadline(minutes))


def no_features():
    raise AssertionError("nobody asked for features")


COLUMNS = [f"c{i}" for i in range(12)]


def choose(examples, search, head="auto"):
    return choosing.best_probe(examples, COLUMNS, no_features, head=head, search=search)


def layers(told=(0.2, 3.0, 0.5)):
    """Tables of all statistics by layer; the targets are known from the means."""
    tables = {}
    for seed, amount in enumerate(told):
        means, targets = rows_of(told=amount, seed=seed)
        noise = np.random.default_rng(seed).normal(size=(90, 24)).astype("float32")
        tables[f"l{seed:02d}"] = np.concatenate([means, noise], axis=1)
    return tables, Examples(np.empty((90, 0)), targets, THIRDS)


def best_view(search, tables=None, poolings=(("mean", "std"), ("mean",))):
    found, examples = layers()
    tables = found if tables is None else tables
    names = [(name,) for name in tables]
    return choosing.best_view(tables, examples, names, poolings, search)


def test_the_most_informative_layer_and_pooling_are_chosen():
    lines = []
    view, losses = best_view(search_of(log=lines.append))
    assert view == View(("l01",), ("mean",))
    assert min(losses, key=losses.get) == "l01"
    assert len(lines) == 4
    rows, targets = rows_of(told=3.0)
    examples = Examples(rows, targets, THIRDS)
    probe = choose(examples, search_of())
    each = [choose(examples, search_of(), head) for head in ("linear", "boosted")]
    assert probe.valid_loss == min(one.valid_loss for one in each)


def test_the_search_ends_at_the_deadline_and_logs_what_it_left_out():
    over = search_of(minutes=1e-9, max_trees=200)
    assert best_view(over) == (View(("l01",), ("mean", "std")), {})
    rows, targets = rows_of()
    examples = Examples(rows, targets, THIRDS)
    probe = choose(examples, over)
    assert (probe.head, probe.settings["strength"]) == ("linear", linear.USUAL)
    assert probe.held_out.shape == (90, 3)
    assert over.deadline.entry()["budget"]["note"] == (
        "0 of 3 layers or poolings were tried; 0 of 1 layers or poolings were tried; the "
        "linear probe has the default regularization; the head 'boosted' was not tried; more "
        "minutes may give a better model"
    )
    over = search_of(minutes=1e-9, max_trees=200)
    n = choose(examples, over, "boosted").model.tree_count_
    assert over.deadline.unfitted == [f"the time was over after {n} trees"]
    assert n < 200


def test_the_middle_layers_are_tried_first(monkeypatch):
    lines = []
    search = search_of(log=lines.append)
    monkeypatch.setattr(search.deadline, "is_over", lambda: len(lines) == 2)
    tables, _ = layers(told=(1, 1, 1, 1, 1))
    _, losses = best_view(search, tables, (("mean",),))
    assert list(losses) == ["l01", "l02"]
    assert search.deadline.unfitted[0] == "2 of 5 layers or poolings were tried"


def test_minutes_bind_a_probe(table, checkpoint):
    model = trained(table, checkpoint, minutes=1e-6)
    said = model.recipe["settings"]["budget"]["note"]
    assert said.startswith("0 of 3 layers or poolings were tried; ")
    plenty = trained(table, checkpoint, settings={"head": "linear", "layer": 1}, minutes=60)
    assert plenty.recipe["settings"]["budget"] == {
        "minutes": 60, "epochs": None, "trees": None, "note": "",
    }  # fmt: skip


class Layers(FrozenNetwork):
    """A network of three layers with two channels, without arithmetic."""

    prefix, numbered, sample_rate = "net", 3, 16000
    identity = "net"

    def channels(self, depth):
        return 2

    def states(self, depths):
        raise NotImplementedError


def test_several_layers_are_seen_together():
    network = Layers()
    assert layers_of("t", None, network) == [("l00",), ("l01",), ("l02",)]
    assert layers_of("t", "1+last", network) == [("l01", "last")]
    assert layers_of("t", "l02", network) == [("l02",)]
    view = View(("l01", "last"), ("mean", "max"))
    tables = {
        name: np.array([[10, 11, 20, 21, 30, 31]]) + 100 * i
        for i, name in enumerate(view.depths)
    }
    np.testing.assert_array_equal(view.pick(tables), [[10, 11, 30, 31, 110, 111, 130, 131]])
    assert view.columns(network)[2:5] == [
        "net_l01_max_000",
        "net_l01_max_001",
        "net_last_mean_000",
    ]
    with pytest.raises(ValueError, match="`layer` must be one depth or more"):
        layers_of("t", "1+1", network)


def test_the_loss_is_that_of_the_boosted_trees():
    rows, targets = rows_of(3)
    kept = np.argsort(targets, kind="stable")[20:]  # classes of 10, 30 and 30 clips
    examples = Examples(rows[kept], targets[kept], [mask[kept] for mask in THIRDS])
    probe = choose(examples, search_of(max_trees=5), "boosted")
    # CatBoost adds up float64 in another order.
    assert probe.valid_loss == pytest.approx(probe.history["valid_loss"][4], rel=1e-6)


def test_a_class_that_a_fold_has_not_learned_does_not_count():
    rows, targets = rows_of(3)
    examples = Examples(rows, targets, [targets == 0, targets != 0])
    assert not examples.judged(3)[targets == 0].any()
    assert not examples.judged(3)[targets != 0].any()
    halves = [(targets == 0) | (np.arange(90) < 30), (targets != 0) & (np.arange(90) >= 30)]
    examples = Examples(rows, targets, halves)
    known = examples.judged(3)
    assert not known[targets == 0].any()
    assert known[:30][targets[:30] != 0].all()


def test_without_catboost_the_head_is_linear_with_a_note(monkeypatch):
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    rows, targets = rows_of()
    lines = []
    probe = choose(Examples(rows, targets, THIRDS), search_of(log=lines.append))
    assert probe.head == "linear"
    assert lines == ["catboost is not installed, so the probe is linear"]


def test_the_table_by_hand_leads_to_the_same_probe(model, table, checkpoint):
    """The documented way without the family: a table, and any model on it."""
    if model.booster is not None:
        pytest.skip("the linear one is made again here")
    part = table[table["split"].isin(["train", "valid"])]
    statistics = ("mean", "std")
    rows, _ = embedding_table(part, checkpoint, layer=1, statistics=statistics)
    targets = (part["label"] == "low").to_numpy().astype(int)
    told = model.recipe["settings"]
    how = {name: told[name] for name in ("solver", "scaling")}
    (fitted,) = linear.fit(rows, targets, 2, [told["strength"]], **how)
    fitted = fitted.times(told["scale"])
    test = table[table["split"] == "test"]
    rows, _ = embedding_table(test, checkpoint, layer=1, statistics=statistics)
    np.testing.assert_allclose(
        model.predict(waves(test)), probabilities(fitted, rows, 2), atol=FLOAT32_LONG
    )


def test_the_corpus_is_what_the_tests_think(manifest):
    assert len(read_rows(manifest)) == 32
