"""Run by `test_mirrored.py` in a process of its own: layers, by name, on two logical devices.

Layers are made inside the strategy's scope, called on both replicas, and held to the same
layer without a strategy. Without XLA. Prints the number of cases.
"""

import sys

import keras
import numpy as np
import tensorflow as tf
from layer_cases import CASES, SAMPLES
from layer_contract import close, noise

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
x = noise(4, SAMPLES, 1)


def step_of(case):
    steps = [*case.chain(), case.layer()]

    def step(clips):
        for layer in steps:
            clips = layer(clips)
        return clips

    return step, steps[-1]


def check(case):
    alone, fixed = step_of(case)
    expected = keras.ops.convert_to_numpy(alone(x))
    with strategy.scope():
        step, layer = step_of(case)
    halves = strategy.experimental_distribute_values_from_function(
        lambda context: tf.constant(x[2 * context.replica_id_in_sync_group :][:2])
    )
    run = tf.function(lambda clips: strategy.run(step, args=(clips,)))
    got = np.concatenate([y.numpy() for y in strategy.experimental_local_results(run(halves))])
    close(got, expected, case.atol)
    assert len(layer.weights) == len(fixed.weights)


cases = [case for case in CASES if case.name in sys.argv[1:]]
for one in cases:
    try:
        check(one)
    except Exception as error:
        error.add_note(f"case: {one}")
        raise
sys.stdout.write(f"{len(cases)} cases passed\n")
