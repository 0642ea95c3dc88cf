"""Dense layers inside a layer, which may be given low-rank additions or be quantised.

What `enable_lora` and `quantize` change is told by the configuration of the Dense layer alone,
so the layer that holds them keeps these configurations in its own.
"""

import keras


def restore_dense(layer, sizes, configs):
    """Gives `layer` its Dense layers by name, as `configs` says they were.

    Args:
        layer: Keras layer that becomes their owner.
        sizes: Dict of name to channels out.
        configs: What `dense_configs` returned, or `None` for new ones.
    """
    for name, units in sizes.items():
        if configs:
            dense = keras.saving.deserialize_keras_object(configs[name])
        else:
            dense = keras.layers.Dense(units, name=name, dtype=layer.dtype_policy)
        setattr(layer, name, dense)


def dense_configs(layer):
    """Returns the serialized Dense layers named in `layer.PARTS`; `None` before they exist."""
    if not layer.built:
        return layer._dense
    parts = {name: getattr(layer, name) for name in layer.PARTS}
    configs = {n: keras.saving.serialize_keras_object(part) for n, part in parts.items()}
    for config in configs.values():
        # The owner builds them; what is built twice is refused.
        config.pop("build_config", None)
    return configs
