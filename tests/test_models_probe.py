"""The probe family: what it chooses, what it keeps, and every command over it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_corpus import read_rows, write_corpus

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
from kapre_like.models.artifact.recipe import write_recipe
from kapre_like.models.cli.main import main
from kapre_like.models.embeddings import embedding_table
from kapre_like.models.probe import choosing, linear
from kapre_like.models.probe.family import ProbeModel, ProbeSettings
from kapre_like.models.training.deadline import Deadline
from kapre_like.models.training.labels import tempered_weights

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
    sets = ["--set", "max_trees=20", "--set", f"probe.checkpoint={checkpoint}"]
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
    settings = {"checkpoint": str(checkpoint), "max_trees": 10, **(settings or {})}
    asked = ProbeSettings(**settings)
    return ProbeModel.train(*parts, recipe=recipe_of(**changes), settings=asked, log=log)


def waves(table):
    return [read(path, sample_rate=RATE) for path in table["path"]]


@pytest.fixture(scope="module", params=["linear", "trees"])
def model(request, table, checkpoint):
    return trained(table, checkpoint, settings={"head": request.param, "layer": 1})


@pytest.mark.slow  # other families are compared in `make test`, and this one is trained
def test_compare_trains_it_beside_the_others(compared):
    out, result = compared
    assert list(result["models"]) == ["level", "probe"]
    probe = result["models"]["probe"]
    assert probe["metrics"]["accuracy"] == 1.0
    assert probe["settings"]["head"] in ("linear", "trees")
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
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    alone = np.concatenate([model.predict([clip]) for clip in clips[:3]])
    np.testing.assert_allclose(alone, together[:3], atol=1e-5)
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
    np.testing.assert_allclose(loaded.predict(clips), together, atol=1e-6)
    assert loaded.n_parameters == model.n_parameters
    assert loaded.recipe["settings"]["layer"] == "l01"


def test_it_tells_what_matters_and_ends_at_its_depth(model):
    names, values = zip(*model.importances, strict=True)
    assert len({*names}) == 64
    assert all(name.startswith("w2v_l01_") for name in names)
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
    if model.recipe["settings"]["head"] == "trees":
        with pytest.raises(ValueError, match=r"no form in this format\..*--set head=linear"):
            export(folder, out=tmp_path / "saved")
        return
    saved = export(folder, out=tmp_path / "saved")
    for path in (saved, folder / "model.keras"):
        for got, expected in zip(predict(path, files), predict(folder, files), strict=True):
            assert got["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-5)


@pytest.mark.parametrize("kind", ["linear", "trees"])
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
def test_a_second_training_hears_nothing_again(table, checkpoint):
    lines = []
    facts = {"settings": {"head": "linear", "layer": 2}, "seconds": 0.2}
    first = trained(table, checkpoint, lines.append, **facts)
    again = trained(table, checkpoint, lines.append, **facts)
    heard = [line for line in lines if line.startswith("embeddings")]
    assert [line.split()[4] for line in heard] == ["0", "24"]
    clips = waves(table[:2])
    np.testing.assert_allclose(again.predict(clips), first.predict(clips), atol=1e-6)
    # The crop of training is the crop of predicting.
    middle = [clip[(len(clip) - 3200) // 2 :][:3200] for clip in clips]
    np.testing.assert_allclose(first.predict(middle), first.predict(clips), atol=1e-6)


def test_it_hears_16_khz_only(manifest, tmp_path):
    with pytest.raises(ValueError, match="'probe' takes 16000 Hz only"):
        train(manifest, model="probe", sample_rate=8000, out=tmp_path / "p")


@pytest.mark.parametrize("settings", [{"head": "forest"}, {"layer": 9}, {"head": None}])
def test_a_setting_outside_its_domain_is_refused(settings, manifest, checkpoint, tmp_path):
    settings = {"checkpoint": str(checkpoint), **settings}
    with pytest.raises(ValueError, match=r"`(head|layer)` must be"):
        train(manifest, model="probe", out=tmp_path / "p", settings=settings)


@pytest.mark.slow
def test_depth_and_kind_are_chosen_on_the_command_line(manifest, tmp_path, capsys):
    command = ["train", str(manifest), "--model", "probe", "--out", str(tmp_path / "p")]
    assert main([*command, "--set", "layer=-1", "--set", "head=linear"]) == 0
    assert "no pretrained model" in capsys.readouterr().err
    settings = kapre_like.metadata(tmp_path / "p")["recipe"]["settings"]
    assert (settings["layer"], settings["head"]) == ("l04", "linear")
    assert "is listened to as it is; this is no pretrained model" in settings["notes"][0]


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
    asked = ProbeSettings(checkpoint=str(checkpoint))
    model = ProbeModel.train(two, None, recipe=recipe_of(), settings=asked, log=lines.append)
    assert model.recipe["settings"]["layer"] == "l01"
    assert model.recipe["settings"]["head"] == "linear"
    assert "too few clips to choose by, so the probe is linear" in lines
    assert "give each label 2 clips or more" in model.recipe["settings"]["notes"][0]
    assert model.held_out.digests == []


def test_held_out_answers_cover_training_and_validation(model, table):
    ordered = pd.concat([table[table["split"] == name] for name in ("train", "valid")])
    names, output = model.held_out
    assert names == ordered["digest"].tolist()
    assert output.shape == (24, 2)
    np.testing.assert_allclose(output.sum(axis=1), 1, atol=1e-9)
    truth = (ordered["label"] == "low").to_numpy()
    # Tones of two pitches: who has not heard the speaker tells them apart nevertheless.
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
def test_the_dense_layer_gives_the_numbers_of_scikit_learn(classes):
    rows, targets = (part[np.r_[0:9, 9:90:classes]] for part in rows_of(classes))
    counts = np.bincount(targets)
    assert len(set(counts)) > 1
    ours = linear.answers(linear.fit(rows, targets, classes, 0.1), rows, classes)
    weights = tempered_weights(counts)[targets]
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000)).fit(
        rows.astype("float64"), targets, logisticregression__sample_weight=weights
    )
    np.testing.assert_allclose(ours, theirs.predict_proba(rows.astype("float64")), atol=1e-6)
    scores = linear.answers(linear.fit(rows, rows[:, 0], None, 0.1), rows, None)
    theirs = make_pipeline(StandardScaler(), Ridge(alpha=len(rows) / 100))
    expected = theirs.fit(rows.astype("float64"), rows[:, 0]).predict(rows)
    np.testing.assert_allclose(scores, expected, rtol=1e-4)


def test_a_class_without_clips_has_no_probability():
    rows, targets = rows_of(2)
    fitted = linear.fit(rows, targets + 1, 4, 0.1)
    shares = linear.answers(fitted, rows, 4)
    np.testing.assert_array_equal(shares[:, [0, 3]], 0.0)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_columns_that_move_the_answer_matter():
    rows, targets = rows_of(3)
    ranked = linear.fit(rows, targets, 3, 0.1).importances([f"c{i}" for i in range(12)])
    assert {name for name, _ in ranked[:3]} == {"c0", "c1", "c2"}
    assert sum(value for _, value in ranked) == pytest.approx(100)


def test_the_depth_that_tells_most_is_chosen():
    tables = {}
    for seed, told in enumerate((0.2, 3.0, 0.5)):
        rows, targets = rows_of(told=told, seed=seed)
        tables[f"l0{seed}"] = choosing.Examples(rows, targets, THIRDS)
    lines = []
    depth, losses = choosing.best_depth(tables, 3, lines.append)
    assert depth == "l01"
    assert min(losses, key=losses.get) == "l01"
    assert len(lines) == 3
    columns = [f"c{i}" for i in range(12)]
    options = {"seed": 0, "max_trees": 20, "log": lines.append}
    probe = choosing.best_probe(tables["l01"], columns, 3, kind="auto", **options)
    each = [
        choosing.best_probe(tables["l01"], columns, 3, kind=kind, **options)
        for kind in ("linear", "trees")
    ]
    assert probe.valid_loss == min(one.valid_loss for one in each)


def test_the_search_ends_at_the_deadline_and_says_what_was_not_tried():
    rows, targets = rows_of()
    tables = dict.fromkeys(("l00", "l01", "l02"), choosing.Examples(rows, targets, THIRDS))
    over = Deadline(1e-9)
    assert choosing.best_depth(tables, 3, str, over) == ("l01", {})
    columns = [f"c{i}" for i in range(12)]
    options = {"seed": 0, "max_trees": 200, "log": str}
    probe = choosing.best_probe(
        tables["l01"], columns, 3, kind="auto", deadline=over, **options
    )
    assert (probe.kind, probe.settings) == ("linear", {"strength": linear.USUAL})
    assert probe.held_out.shape == (90, 3)
    assert over.entry()["budget"]["said"] == (
        "0 of 3 depths were tried; the linear probe has the usual regularization; trees were "
        "not tried; more minutes may give a better model"
    )
    over = Deadline(1e-9)
    probe = choosing.best_probe(
        tables["l01"], columns, 3, kind="trees", deadline=over, **options
    )
    n = probe.model.tree_count_
    assert over.unfitted == [f"the time was over after {n} trees"]
    assert n < 200


def test_the_middle_depths_are_tried_first(monkeypatch):
    rows, targets = rows_of()
    names = [f"l{n:02d}" for n in range(5)]
    tables = dict.fromkeys(names, choosing.Examples(rows, targets, THIRDS))
    deadline, lines = Deadline(60), []
    monkeypatch.setattr(deadline, "is_over", lambda: len(lines) == 2)
    _, losses = choosing.best_depth(tables, 3, lines.append, deadline)
    assert list(losses) == ["l01", "l02"]
    assert deadline.unfitted == ["2 of 5 depths were tried"]


def test_minutes_bind_a_probe(table, checkpoint):
    lines = []
    model = trained(table, checkpoint, lines.append, minutes=1e-6)
    said = model.recipe["settings"]["budget"]["said"]
    assert said.startswith("0 of 3 depths were tried; ")
    assert said in lines
    plenty = trained(table, checkpoint, settings={"head": "linear", "layer": 1}, minutes=60)
    assert plenty.recipe["settings"]["budget"] == {
        "minutes": 60, "epochs": None, "trees": None, "said": "",
    }  # fmt: skip


def test_the_loss_is_that_of_the_boosted_trees():
    rows, targets = rows_of(3)
    kept = np.argsort(targets, kind="stable")[20:]  # classes of 10, 30 and 30 clips
    examples = choosing.Examples(rows[kept], targets[kept], [mask[kept] for mask in THIRDS])
    columns = [f"c{i}" for i in range(12)]
    probe = choosing.best_probe(
        examples, columns, 3, kind="trees", seed=0, max_trees=5, log=str
    )
    # CatBoost adds up float64 in another order.
    assert probe.valid_loss == pytest.approx(probe.history["valid_loss"][4], rel=1e-6)


def test_a_class_that_a_fold_has_not_learned_does_not_count():
    rows, targets = rows_of(3)
    examples = choosing.Examples(rows, targets, [targets == 0, targets != 0])
    assert not examples.judged(3)[targets == 0].any()
    assert not examples.judged(3)[targets != 0].any()
    halves = [(targets == 0) | (np.arange(90) < 30), (targets != 0) & (np.arange(90) >= 30)]
    examples = choosing.Examples(rows, targets, halves)
    known = examples.judged(3)
    assert not known[targets == 0].any()
    assert known[:30][targets[:30] != 0].all()


def test_without_catboost_it_is_linear_and_says_so(monkeypatch):
    monkeypatch.setattr(choosing, "find_spec", lambda name: None)
    rows, targets = rows_of()
    examples = choosing.Examples(rows, targets, THIRDS)
    lines = []
    probe = choosing.best_probe(
        examples, ["c"] * 12, 3, kind="auto", seed=0, max_trees=5, log=lines.append
    )
    assert probe.kind == "linear"
    assert lines == ["catboost is not installed, so the probe is linear"]


def test_the_table_by_hand_leads_to_the_same_probe(model, table, checkpoint):
    """The documented way without the family: a table, and any model on it."""
    if model.booster is not None:
        pytest.skip("the linear one is made again here")
    part = table[table["split"].isin(["train", "valid"])]
    rows, _ = embedding_table(part, checkpoint, layer=1)
    targets = (part["label"] == "low").to_numpy().astype(int)
    fitted = linear.fit(rows, targets, 2, model.recipe["settings"]["strength"])
    test = table[table["split"] == "test"]
    rows, _ = embedding_table(test, checkpoint, layer=1)
    np.testing.assert_allclose(
        model.predict(waves(test)), linear.answers(fitted, rows, 2), atol=1e-4
    )


def test_the_corpus_is_what_the_tests_think(manifest):
    assert len(read_rows(manifest)) == 32
