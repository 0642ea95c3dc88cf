"""For all tests: checks that the package is installed and divides the cores among processes."""

import gc
import importlib.util
import os
import pathlib
import resource
import sys

import pytest

# The older emitters compile a small program in two thirds of the time of the newer ones.
_NO_OPTIMIZATION = (
    "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true "
    "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
)
_MEMORY_LIMIT = 3 << 30


# Garbage collection would take a quarter of the time of collecting 8,000 tests, and the modules
# and tests are needed until the end anyway.
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
    # TensorFlow, PyTorch and NumPy's BLAS read these variables when they are imported, later.
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    threads = str(max(1, _cores() // workers))
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Tests use hundreds of shapes once each, so compilation takes most of the time.
    os.environ.setdefault("XLA_FLAGS", _NO_OPTIMIZATION)
    # By default the converter copies its graph before each pass, to undo a failing pass. This
    # takes 40 % of the time of an export. Here a failing pass fails the test.
    os.environ.setdefault("TF2ONNX_CATCH_ERRORS", "false")
    # In a new environment the first import compiles librosa: 24 s with this setting, else 40 s.
    os.environ.setdefault("NUMBA_OPT", "0")


def _one_of_a_kind(items):
    """Yields each test with whether its case has a word that no earlier case of the test has.

    Numbers do not count. So each value of each argument is tested, but not each combination.
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

    A test or a case marked `backends(full=True)` is for the full run only, because Keras
    computes the same on all backends, or `test_same_numbers.py` compares its numbers with
    TensorFlow's. In that file the mark is `backends(each=True)`, so every case runs.
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
    """Enables garbage collection for objects that the tests create."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_ignore_collect(collection_path, config):
    """With `-m backends`, skips files without this mark."""
    # Reading a file imports its packages: transformers, scikit-learn, Kapre.
    if not config.option.markexpr.startswith("backends") or collection_path.suffix != ".py":
        return None
    return "mark.backends" not in collection_path.read_text(encoding="utf-8") or None


@pytest.hookimpl(tryfirst=True)  # before pytest applies `-m`
def pytest_collection_modifyitems(config, items):
    """Selects one configuration of each kind on JAX and PyTorch.

    `make test-backends-full` runs all of them. On TensorFlow this applies to tests marked
    `kinds`, whose other cases are marked `slow`.
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
    """Restores the registered Keras objects after each file.

    Kapre and its facade register the same names, and Keras loads the class that was registered
    last. Without this fixture an import in one file would change what the next file loads.
    """
    keras = sys.modules.get("keras")
    ours = dict(keras.saving.get_custom_objects()) if keras else {}
    yield
    if ours:
        keras.saving.get_custom_objects().update(ours)


@pytest.fixture(autouse=True, scope="module")
def small_graphs(request):
    """Reduces the branches of each graph, because tracing takes longer than computing here.

    Results do not depend on their number. The tests of `ops` use all branches and check this.
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
    """Returns the memory of this process in bytes, or its peak if only that is available."""
    try:
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize()


@pytest.fixture(autouse=True, scope="module")
def forgetful():
    """Clears JAX's cache of compiled programs, which would grow to 7 GB per process."""
    yield
    if "jax" in sys.modules and _memory() > _MEMORY_LIMIT:
        sys.modules["jax"].clear_caches()


@pytest.fixture
def eagerly():
    """Runs TensorFlow's functions untraced, for tests that are not about graphs.

    In a test, tracing a network takes longer than computing it. Other tests of the same file
    check the graphs.
    """
    from backend_tools import untraced

    with untraced():
        yield


@pytest.fixture(scope="module")
def no_cold_start():
    """Replaces the timing of first predictions, which starts a process for each model.

    `test_models_experiment_costs.py` tests this timing. In other tests it takes too long.
    """
    import kapre_like.models.experiment.compare  # noqa: F401 -- the package has a function of its name

    module = sys.modules["kapre_like.models.experiment.compare"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "cold_seconds", lambda *_: 1.5)
        yield
