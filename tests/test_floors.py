"""The floors of ARCHITECTURE.md, read from the syntax tree; the light path, by running it."""

import ast
import configparser
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]

NUMERIC = {"numpy", "scipy"}
TABLES = NUMERIC | {"sklearn", "pandas", "soundfile", "soxr"}
BACKENDS = {"tensorflow", "tensorflow_io", "jax", "jaxlib", "torch", "tf_keras"}
# The named exceptions to the ban on backend imports.
BACKEND_IMPORTS = {
    "kapre_like/streaming/program.py": {"tensorflow", "jax", "torch"},
    "kapre_like/audio/pipeline.py": {"tensorflow"},
    "kapre_like/audio/tfio.py": {"tensorflow", "tensorflow_io"},
    "kapre_like/exporting/packages.py": {"tensorflow"},
    "kapre_like/kapre/_graphs.py": {"tensorflow"},
    "kapre_like/layers/_base/one_operation.py": {"torch"},
    "kapre_like/ops/lowering.py": {"torch"},
    "kapre_like/ops/sizes.py": {"jax"},
    "models/artifact/predicting.py": {"tensorflow"},
    "models/blocks/class_check.py": {"tensorflow", "jax"},
    "models/blocks/fused_norm.py": {"tensorflow"},
    "models/checkpoints/tf_checkpoint.py": {"tensorflow"},
    "models/checkpoints/torch_file.py": {"torch"},
}
# Floor: own modules (by prefix) that it may import, and third parties.
F0 = (
    "kapre_like._check",
    "kapre_like._layer_table",
    "kapre_like._replacing",
    "kapre_like._version",
    "kapre_like.filters",
    "kapre_like.description",
)
F1 = (*F0, "kapre_like.ops")
F2 = (*F1, "kapre_like.layers")
FLOORS = {
    "kapre_like/__main__.py": (("kapre_like.models.cli.main",), set()),
    "kapre_like/__init__.py": (("kapre_like._layer_table", "kapre_like._version"), set()),
    "kapre_like/_check.py": (F0, NUMERIC),
    "kapre_like/_layer_table.py": ((), set()),
    "kapre_like/_replacing.py": ((), set()),
    "kapre_like/_version.py": ((), set()),
    "kapre_like/filters": (F0, NUMERIC),
    "kapre_like/description.py": ((), {"numpy", "pandas", "matplotlib"}),
    "kapre_like/ops": (F1, {"keras", "numpy"}),
    # pyarrow is what pandas reads Parquet with; whether it is there is asked by importing it.
    "kapre_like/audio/av_source.py": ((*F0, "kapre_like.audio"), {"av", "numpy"}),
    "kapre_like/audio": ((*F0, "kapre_like.audio"), TABLES | {"pyarrow"}),
    "kapre_like/features/table_parts.py": (
        (*F0, "kapre_like.features"),
        {"pandas", "pyarrow"},
    ),
    "kapre_like/features": ((*F0, "kapre_like.audio", "kapre_like.features"), TABLES),
    "kapre_like/layers": (F2, {"keras", "numpy"}),
    "kapre_like/augment": (
        (*F2, "kapre_like.audio", "kapre_like.augment"),
        {"keras", "numpy", "yaml"},
    ),
    "kapre_like/presets.py": (F2, set()),
    "kapre_like/kapre": ((*F2, "kapre_like.kapre"), {"keras", "numpy"}),
    "kapre_like/exporting": (
        (*F2, "kapre_like.saving", "kapre_like.running", "kapre_like.exporting"),
        {"keras", "numpy"},
    ),
    "kapre_like/saving.py": ((), set()),
    "kapre_like/running.py": ((), set()),
    "kapre_like/streaming": ((*F2, "kapre_like.streaming"), {"keras", "numpy"}),
    "models": (
        ("kapre_like",),
        TABLES
        | {
            "keras",
            "catboost",
            "jinja2",
            "matplotlib",
            "rich",
            "huggingface_hub",
            "argcomplete",
            "jiwer",
            "tokenizers",
            "ctc_beam_decoder",
        },
    ),
}
# The rooms of models/, and the rooms that each may import besides itself.
LOWEST = {"artifact"}
TRAINING = {*LOWEST, "blocks", "checkpoints"}
LEARNING = {*TRAINING, "text"}
BELOW_FAMILIES = {*TRAINING, "text", "training", "embeddings"}
SETUP = configparser.ConfigParser()
SETUP.read(pathlib.Path(__file__).resolve().parents[1] / "setup.cfg")
# Every family of this library: its name, and its place as `module:Class`.
FAMILY_PLACES = dict(
    line.split(" = ")
    for line in SETUP["options.entry_points"]["kapre_like.families"].strip().splitlines()
)
FAMILIES = tuple(place.split(".")[2] for place in FAMILY_PLACES.values())
ROOMS = {
    "artifact": set(),
    "blocks": LOWEST,
    "checkpoints": LOWEST,
    "text": LOWEST,
    "training": LEARNING,
    "embeddings": TRAINING,
    "pretrained": {*TRAINING, "embeddings"},
    **dict.fromkeys((*FAMILIES, "conformer", "deepspeech2"), BELOW_FAMILIES),
    "experiment": BELOW_FAMILIES,
    "cli": {*BELOW_FAMILIES, "experiment"},
}
# Packages that a module of `family.py` may import only inside its functions: a family is listed
# where they are not installed.
HEAVY_IN_FAMILY = {*BACKENDS, "keras", "catboost", "sklearn"}
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for top in ("kapre_like", "models")
    for path in (ROOT / top).rglob("*.py")
)


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def imports(tree):
    """Every imported dotted name that runs, those inside functions included."""
    todo, names = [tree], []
    while todo:
        node = todo.pop()
        if is_type_checking(node):
            todo += node.orelse
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            # `from kapre_like import layers` means the module `kapre_like.layers`.
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names += [a.value for a in node.args if isinstance(getattr(a, "value", 0), str)]
        todo += ast.iter_child_nodes(node)
    return names


def rule(file):
    for prefix, allowed in FLOORS.items():
        if file == prefix or file.startswith(prefix + "/"):
            return allowed
    raise AssertionError(f"{file} stands on no floor: name it in ARCHITECTURE.md and here")


def within(name, prefixes):
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def offences(file, source):
    own, third = rule(file)
    third = third | BACKEND_IMPORTS.get(file, set())
    found = []
    for name in imports(ast.parse(source)):
        top = name.partition(".")[0]
        if top == "kapre_like":
            if not within(name, own):
                found.append(name)
        elif (top not in sys.stdlib_module_names and top not in third) or within(
            name, ["keras.src"]
        ):
            found.append(name)
    return found


def room_of(name):
    """The room of `models/vgg/family.py` or `kapre_like.models.vgg.family`; "" if in none."""
    parts = name.replace("/", ".").removesuffix(".py").split(".")
    inside = parts[parts.index("models") + 1 :]
    return inside[0] if inside and inside[0] in ROOMS else ""


def strings(tree):
    """Every text in a module that is no docstring."""
    docs = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [c.value for c in constants if isinstance(c.value, str) and id(c) not in docs]


def rooms_above(file, source):
    """What a module of a room of models/ imports of rooms that are not below its own."""
    tree = ast.parse(source)
    own = room_of(file)
    allowed = {own, *ROOMS[own]}
    named = [name for name in imports(tree) if within(name, ["kapre_like.models"])]
    # A module may be named in a text that is given to `import_module` somewhere else.
    named += [text for text in strings(tree) if text.startswith("kapre_like.models.")]
    return sorted({name for name in named if room_of(name) not in {*allowed, ""}})


def heavy_at_the_top(source):
    """Packages of `HEAVY_IN_FAMILY` that are imported outside functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Pass()]
    return sorted({name.partition(".")[0] for name in imports(tree)} & HEAVY_IN_FAMILY)


@pytest.mark.parametrize("file", FILES)
def test_a_module_imports_its_own_floor_or_lower(file):
    assert offences(file, (ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("kapre_like/filters/mel.py", "import keras"),
        ("kapre_like/ops/compression.py", "from kapre_like.layers import STFT"),
        ("kapre_like/ops/compression.py", "def f():\n    import tensorflow as tf"),
        ("kapre_like/layers/stft.py", "from keras.src import backend"),
        ("kapre_like/layers/stft.py", "from kapre_like import models"),
        ("kapre_like/features/clip.py", "import importlib\nimportlib.import_module('keras')"),
        ("kapre_like/audio/decode.py", "import tensorflow"),
        ("models/vgg/family.py", "import torch"),
        ("kapre_like/saving.py", "import numpy"),
    ],
)
def test_the_rule_above_can_fail(file, source):
    assert offences(file, source) != []


ROOM_FILES = [file for file in FILES if file.startswith("models/") and file.count("/") > 1]


@pytest.mark.parametrize("file", ROOM_FILES)
def test_a_room_of_models_imports_lower_rooms_only(file):
    assert rooms_above(file, (ROOT / file).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("models/artifact/load.py", "from kapre_like.models.blocks import pooling"),
        ("models/artifact/readers.py", "from kapre_like.models import vgg"),
        ("models/text/greedy.py", "from kapre_like.models.blocks import frame_losses"),
        ("models/embeddings/table.py", "from kapre_like.models.text.greedy import greedy"),
        ("models/blocks/masked.py", "import kapre_like.models.training.loop"),
        ("models/checkpoints/folder.py", "def f():\n    from kapre_like.models import blocks"),
        ("models/embeddings/table.py", "from kapre_like.models.wav2vec2.config import network"),
        ("models/training/loop.py", "from kapre_like.models.embeddings import cache"),
        ("models/probe/family.py", "from kapre_like.models.boosted import family"),
        ("models/wav2vec2/family/family.py", "from kapre_like.models.vgg.network import vgg"),
        ("models/boosted/family.py", "from kapre_like.models.experiment import train"),
        ("models/experiment/train.py", "import kapre_like.models.vgg"),
        ("models/experiment/train.py", "WHERE = 'kapre_like.models.probe.family:ProbeModel'"),
        ("models/experiment/report/__init__.py", "from kapre_like.models.boosted import x"),
        (
            "models/cli/main.py",
            "from importlib import import_module\n"
            "import_module('kapre_like.models.wav2vec2.family')",
        ),
    ],
)
def test_the_rule_of_the_rooms_can_fail(file, source):
    assert rooms_above(file, source) != []
    assert rooms_above(file, "from kapre_like import audio") == []


def test_every_room_of_models_has_a_floor():
    rooms = {path.parent.name for path in (ROOT / "models").glob("*/__init__.py")}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("name", FAMILY_PLACES)
def test_a_family_imports_what_is_heavy_inside_its_functions(name):
    module = FAMILY_PLACES[name].partition(":")[0].removeprefix("kapre_like.")
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    assert heavy_at_the_top(source) == []


def test_the_rule_of_heavy_imports_can_fail():
    assert heavy_at_the_top("import keras.layers as kl") == ["keras"]
    assert heavy_at_the_top("class A:\n    from catboost import CatBoost") == ["catboost"]
    assert heavy_at_the_top("def f():\n    import torch") == []


def test_type_checking_imports_are_free():
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras"
    assert offences("kapre_like/filters/mel.py", source) == []


def test_nobody_imports_the_command_line():
    for file in set(FILES) - {"kapre_like/__main__.py", "models/cli/__main__.py"}:
        names = imports(ast.parse((ROOT / file).read_text(encoding="utf-8")))
        assert not any(within(name, ["kapre_like.models.cli.main"]) for name in names), file


def test_architecture_names_every_exception_and_file_of_the_floors():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for name in [*FLOORS, *BACKEND_IMPORTS]:
        short = name.removeprefix("kapre_like/")
        assert f"`{name}" in text or f"`{short}" in text, name


def fresh(code, cwd):
    """Runs `code` in a new Python away from the checkout; returns what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


SAY = "import sys; print(sorted({n.partition('.')[0] for n in sys.modules} & set(%r)))"
HEAVY = ["keras", "tensorflow", "torch", "jax", "transformers", "librosa"]


def test_importing_kapre_like_imports_next_to_nothing(tmp_path):
    heavy = [*HEAVY, "sklearn", "pandas", "numpy", "scipy", "soundfile", "catboost"]
    code = "import kapre_like; dir(kapre_like); kapre_like.__version__; " + SAY % heavy
    assert fresh(code, tmp_path) == "[]\n"


@pytest.mark.parametrize(
    "module",
    [
        "kapre_like.audio",
        "kapre_like.features",
        "kapre_like.models",
        "kapre_like.models.boosted",
        "kapre_like.models.cli.main",
        "kapre_like.models.experiment",
        "kapre_like.models.artifact.registry",
        "kapre_like.models.artifact.readers",
        "kapre_like.models.text",
        *(place.partition(":")[0] for place in FAMILY_PLACES.values()),
        "kapre_like.saving",
    ],
)
def test_the_light_path_imports_neither_keras_nor_tensorflow(module, tmp_path):
    code = f"import importlib; m = importlib.import_module({module!r}); " + SAY % HEAVY
    assert fresh(code, tmp_path) == "[]\n"


def test_training_and_predicting_with_a_boosted_tree_imports_neither(tmp_path):
    corpus = ROOT / "examples/data/spoken_digits"
    lines = (corpus / "manifest.csv").read_text().splitlines()
    # Two digits, every 3rd take: small, and every split keeps some.
    kept = [line for line in lines[1:] if line[6] in "03" and "-0.flac" in line]
    table = tmp_path / "few.csv"
    table.write_text("\n".join([lines[0], *kept]).replace("clips/", f"{corpus}/clips/") + "\n")
    clip = str(corpus / "clips/3/s21-0.flac")
    code = (
        "from kapre_like.models.cli.main import main\n"
        f"train = ['train', {str(table)!r}, '--model', 'boosted', '--task', 'classify',"
        " '--epochs', '20', '--out', 'model']\n"
        "assert not main(train)\n"
        f"assert not main(['predict', 'model', {clip!r}])\n" + SAY % HEAVY
    )
    assert fresh(code, tmp_path).splitlines()[-1] == "[]"
