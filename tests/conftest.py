"""For every test: the package must be installed, and pytest's processes share the cores."""

import gc
import importlib.util
import os
import pathlib
import resource
import sys

import pytest

# The older emitters write a program of a few operations in two thirds of the newer ones' time.
_NO_OPTIMIZATION = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
)
_MUCH = 3 << 30


# Else Python looks for cycles among all that TensorFlow, PyTorch and 8,000 tests consist of,
# a quarter of the time of collecting them. None of it goes before the end.
gc.disable()


def _installed() -> bool:
    try:
        return importlib.util.find_spec("kapre_like.models") is not None
    except ModuleNotFoundError:
        return False


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_configure(config):
    if not _installed():
        raise pytest.UsageError(
            "kapre_like.models does not resolve: run `pip install -e .` (the default mode), "
            "and `pytest` rather than `python -m pytest`."
        )
    # Read when TensorFlow, PyTorch and NumPy's BLAS are imported, which is after this.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    threads = str(max(1, _cores() // workers))
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Tests meet hundreds of shapes once each: compiling them is what takes the time.
    os.environ.setdefault("XLA_FLAGS", _NO_OPTIMIZATION)
    # The converter copies its graph before each pass, to go back if the pass fails: 40 % of the
    # time of an export. Here a pass that fails fails the test.
    os.environ.setdefault("TF2ONNX_CATCH_ERRORS", "false")
    # In a new environment librosa is compiled when it is imported, for 40 s or, like this, 24.
    os.environ.setdefault("NUMBA_OPT", "0")


def _one_of_a_kind(items):
    """Which of a test's cases bring a word that none before brought; numbers do not count.

    Each value of each argument is met, but not in every combination.
    """
    seen = {}
    for item in items:
        known = seen.setdefault(item.nodeid.partition("[")[0], set())
        cases = item.callspec.params if hasattr(item, "callspec") else {}
        words = {word for name, value in cases.items() for word in _words(name, value)}
        yield item, not cases or not words <= known
        known |= words


def _on_every_backend(item, new):
    """Returns whether `make test-backends` runs a case on JAX and PyTorch.

    A test or a case marked `backends(full=True)` is for the full run only: Keras computes it
    alike on all backends, or `test_same_numbers.py` compares its numbers with TensorFlow's. In
    that file the mark is `backends(each=True)`: every case runs.
    """
    marked = {word for mark in item.iter_markers("backends") for word in mark.kwargs}
    return "each" in marked or (new and "full" not in marked)


def _words(name, value):
    if hasattr(value, "kind") and hasattr(value, "chain"):  # a case of `layer_cases.py`
        return {value.kind}
    if isinstance(value, dict):
        return {word for key, part in value.items() for word in _words(f"{name}.{key}", part)}
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {(name, "a number" if number else repr(value))}


def pytest_collection_finish():
    """From here on Python looks for cycles among what the tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path, config):
    """Asked for the tests marked `backends`, files that have none are not read."""
    # Reading a file imports what it needs: transformers, scikit-learn, the real Kapre.
    if not config.option.markexpr.startswith("backends") or collection_path.suffix != ".py":
        return None
    return "mark.backends" not in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(tryfirst=True)  # before pytest reads the marks that `-m` asks for
def pytest_collection_modifyitems(config, items):
    """On JAX and PyTorch one configuration of a kind, but for `make test-backends-full`.

    On TensorFlow so it is for tests marked `kinds`: their other cases are slow.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if os.environ.get("KAPRE_LIKE_BACKENDS") == "full":
        return
    chosen = list(_one_of_a_kind(items))
    if backend == "tensorflow":
        for item, new in chosen:
            if item.get_closest_marker("kinds") and not new:
                item.add_marker("slow")
        return
    chosen = [(item, _on_every_backend(item, new)) for item, new in chosen]
    config.hook.pytest_deselected(items=[item for item, kept in chosen if not kept])
    items[:] = [item for item, kept in chosen if kept]


@pytest.fixture(autouse=True, scope="module")
def registered():
    """Kapre and its facade register the same names, and whoever comes last is loaded.

    What one file imports to compare with must not decide what the next one loads.
    """
    keras = sys.modules.get("keras")
    ours = dict(keras.saving.get_custom_objects()) if keras else {}
    yield
    if ours:
        keras.saving.get_custom_objects().update(ours)


@pytest.fixture(autouse=True, scope="module")
def small_graphs(request):
    """Fewer branches per graph than users get: here a graph is traced longer than it computes.

    How many there are changes nothing: the tests of `ops`, which have all of them, hold it.
    """
    lowering = sys.modules.get("kapre_like.ops.lowering")
    if lowering is None or request.path.name.startswith("test_ops"):
        yield
        return
    filterbank = sys.modules.get("kapre_like.ops.filterbank")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "_PIECES", 2)
        if filterbank is not None:
            patch.setattr(filterbank, "_BLOCKS", 2)
        yield


def _memory():
    """Returns the memory of this process in bytes, or its peak where the system has no more."""
    try:
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()


@pytest.fixture(autouse=True, scope="module")
def forgetful():
    """JAX keeps a program for every shape it has met: 7 GB per process by the suite's end."""
    yield
    if "jax" in sys.modules and _memory() > _MUCH:
        sys.modules["jax"].clear_caches()


@pytest.fixture
def eagerly():
    """TensorFlow's functions run as they are, untraced: for tests that are not of graphs.

    A network is traced for longer than it computes in a test. What is wanted of graphs, other
    tests of the same file hold.
    """
    from backend_tools import untraced

    with untraced():
        yield


@pytest.fixture(scope="module")
def no_cold_start():
    """Comparisons do not start a process for each model to time its first predictions.

    `test_models_experiment_costs.py` does; elsewhere it takes longer than what is tested.
    """
    import kapre_like.models.experiment.compare  # noqa: F401 -- the package has a function of its name

    module = sys.modules["kapre_like.models.experiment.compare"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "cold_seconds", lambda *_: 1.5)
        yield
