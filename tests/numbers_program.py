"""Run by `test_same_numbers.py` on TensorFlow, in a process of its own: what every case gives.

`python numbers_program.py FILE` writes, for each case of `layer_cases`, the input, the result,
and the gradients of a weighted sum of the result by the input and by the layer's weights.
"""

import sys

import keras
import numpy as np
from backend_tools import BACKEND, to_numpy
from layer_cases import EVERY, SAMPLES
from layer_contract import is_complex, noise


def weighted_sum(y):
    """A sum in which no two elements count alike, so that a gradient names each of them."""
    ops = keras.ops
    y = ops.stack([ops.real(y), ops.imag(y)], axis=-1) if is_complex(y) else y
    weights = np.cos(np.arange(np.prod(y.shape))).reshape(y.shape).astype("float32")
    return ops.sum(ops.multiply(ops.cast(y, "float32"), ops.convert_to_tensor(weights)))


def result_and_gradients(layer, x):
    """`layer(x)`, and the gradients by `x`, if it is of real numbers, and by the weights."""
    # Built, and its weights made, before anything is traced. They are moved, for bands that
    # are new end on a bin, and a kink there has as many gradients as there are roundings.
    layer.build(x.shape)
    moved = np.random.default_rng(1)
    for weight in layer.trainable_weights:
        weight.assign(to_numpy(weight) * (1 + 0.01 * moved.random(weight.shape)))
    run = {"tensorflow": _on_tensorflow, "jax": _on_jax, "torch": _on_torch}[BACKEND]
    y, gradients = run(layer, x, np.issubdtype(x.dtype, np.floating))
    return to_numpy(y), [to_numpy(gradient) for gradient in gradients]


def _on_tensorflow(layer, x, real):
    import tensorflow as tf

    x = tf.constant(x)
    sources = [*([x] if real else []), *(w.value for w in layer.trainable_weights)]
    with tf.GradientTape() as tape:
        tape.watch(sources)
        y = layer(x)
        total = weighted_sum(y)
    # Integers have no gradient, which the others call 0.
    return y, tape.gradient(total, sources, unconnected_gradients="zero")


def _on_jax(layer, x, real):
    import jax

    fixed = [w.value for w in layer.non_trainable_variables]

    def total(x, weights):
        y, _ = layer.stateless_call(weights, fixed, x)
        return weighted_sum(y), y

    weights = [w.value for w in layer.trainable_variables]
    if not (real or weights):
        return jax.jit(lambda x: total(x, weights)[1])(x), []
    sources = tuple(number for number, wanted in enumerate((real, weights)) if wanted)
    program = jax.jit(jax.grad(total, argnums=sources, has_aux=True))
    gradients, y = program(x, weights)
    return y, jax.tree.leaves(gradients)


def _on_torch(layer, x, real):
    import torch

    x = torch.tensor(x, requires_grad=bool(real))
    sources = [*([x] if real else []), *(w.value for w in layer.trainable_weights)]
    y = layer(x)
    if not y.requires_grad:
        return y, [torch.zeros_like(source) for source in sources]
    total = weighted_sum(y)
    return y.detach(), torch.autograd.grad(total, sources, materialize_grads=True)


if __name__ == "__main__":
    found = {}
    for number, case in enumerate(EVERY):
        x = case.inputs(noise(2, SAMPLES, 1))
        y, gradients = result_and_gradients(case.layer(), x)
        found |= {f"{number}-x": x, f"{number}-y": y}
        found |= {f"{number}-{place}": value for place, value in enumerate(gradients)}
    np.savez(sys.argv[1], **found)
