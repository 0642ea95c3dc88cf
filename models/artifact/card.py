"""What a model is for, carried inside the model itself."""

import keras

from kapre_like import _check

_TASKS = ("classify", "regress")


@keras.saving.register_keras_serializable(package="kapre_like")
class ModelCard(keras.layers.Layer):
    """Passes its input on, and carries the facts a user of the model must know.

    The facts are this layer's configuration, so every way of saving the model keeps them, and
    `kapre_like.metadata(path)` reads them from the file without building the model.

    Args:
        task: `"classify"` or `"regress"`.
        sample_rate: Int > 0, Hz, of the waveforms the model takes.
        class_names: List of strings in the order of the probabilities; `None` for regression.
        recipe: Dict of JSON values: how the model was made. `None` means an empty one.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Anything.

    Output shape:
        The input's.

    Raises:
        ValueError: If `task` is unknown, `sample_rate` is not an int > 0, or `class_names`
            does not fit the task.
    """

    def __init__(self, *, task, sample_rate, class_names=None, recipe=None, **kwargs):
        super().__init__(**kwargs)
        _check.one_of("ModelCard", _TASKS, task=task)
        _check.positive_int("ModelCard", sample_rate=sample_rate)
        if (class_names is None) != (task == "regress"):
            _check.fail("ModelCard", "class_names", f"a list for {_TASKS[0]!r}", class_names)
        self.task, self.sample_rate = task, sample_rate
        self.class_names = None if class_names is None else list(class_names)
        self.recipe = {} if recipe is None else dict(recipe)
        self.supports_masking = True

    def call(self, inputs):
        return inputs

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def get_config(self):
        facts = {
            "task": self.task,
            "sample_rate": self.sample_rate,
            "class_names": self.class_names,
            "recipe": self.recipe,
        }
        return {**super().get_config(), **facts}
