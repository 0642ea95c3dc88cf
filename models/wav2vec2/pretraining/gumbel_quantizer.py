"""Quantization of frames with learned codebooks and a Gumbel softmax."""

import math

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.blocks.renamed import renamed


@keras.saving.register_keras_serializable(package="kapre_like")
class GumbelQuantizer(keras.layers.Layer):
    """Product quantization: each frame becomes one codevector per group, concatenated.

    A dense layer computes logits `l` per group and entry. In inference the entry with the
    greatest logit is selected. In training it is the entry with the greatest `(l + g) / t`,
    where `g` is Gumbel noise, and the gradient is that of `softmax((l + g) / t)`. `t` starts at
    `temperature` and is multiplied by `decay` after each batch, down to `min_temperature`.

    The perplexity is `exp` of the entropy of the mean distribution over the entries, summed
    over the groups. It is `groups` if one code is always used, and `groups * entries` if all
    codes are used equally often. The mean is over the masked frames, of `softmax(l)` in
    training and of the selected entries in inference.

    Args:
        groups: Int > 0, a divisor of `dim`.
        entries: Int > 0, codevectors per group.
        dim: Int > 0, output channels.
        temperature: Float > 0, temperature of the first batch.
        min_temperature: Float > 0, at most `temperature`.
        decay: Float in (0, 1], factor of the temperature per training batch.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        A list `[features, hidden]` or `[features, hidden, gumbel]`: `(batch, frames,
        channels)`, bool `(batch, frames)` (masked frames), and noise `(batch, frames, groups *
        entries)`. With `gumbel` entries are selected as in training with this noise, also in
        inference.

    Output shape:
        A dict of `codevectors (batch, frames, dim)`, `codes (batch, frames, groups)` int32,
        and `perplexity ()` float32.

    Weights:
        `codevectors (1, groups * entries, dim // groups)`, `weight_proj` (a kernel `(channels,
        groups * entries)` and a bias), `steps ()` (number of training batches, not trainable).

    Source: Baevski et al. 2020, section 2; E. Jang et al., "Categorical Reparameterization
        with Gumbel-Softmax", ICLR 2017.
    """

    def __init__(
        self,
        *,
        groups=2,
        entries=320,
        dim=256,
        temperature=2.0,
        min_temperature=0.5,
        decay=0.999995,
        **kwargs,
    ):
        super().__init__(**kwargs)
        owner = "GumbelQuantizer"
        _check.positive_int(owner, groups=groups, entries=entries, dim=dim)
        _check.positive(owner, temperature=temperature, min_temperature=min_temperature)
        _check.positive(owner, decay=decay)
        if dim % groups:
            _check.fail(owner, "dim", f"a multiple of groups={groups}", dim)
        if min_temperature > temperature:
            rule = f"at most temperature={temperature}"
            _check.fail(owner, "min_temperature", rule, min_temperature)
        if decay > 1:
            _check.fail(owner, "decay", "in (0, 1]", decay)
        self.groups, self.entries, self.dim = groups, entries, dim
        self.temperature, self.min_temperature = temperature, min_temperature
        self.decay = decay
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape):
        codes = self.groups * self.entries
        self.weight_proj = keras.layers.Dense(
            codes,
            kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
            name="weight_proj",
            dtype=self.dtype_policy,
        )
        self.weight_proj.build(tuple(input_shape[0]))
        self.codevectors = self.add_weight(
            shape=(1, codes, self.dim // self.groups),
            initializer=keras.initializers.RandomUniform(0.0, 1.0),
            name="codevectors",
        )
        self.steps = self.add_weight(
            shape=(), dtype="int32", initializer="zeros", trainable=False, name="steps"
        )

    def current_temperature(self):
        """Returns the temperature of the next batch of training, a float32 tensor."""
        # Computed with the exponential, because the decay is too close to 1 for float32.
        steps = ops.cast(self.steps, "float32")
        decayed = self.temperature * ops.exp(steps * math.log(self.decay))
        return ops.maximum(decayed, self.min_temperature)

    def call(self, inputs, training=None):
        features, hidden, *given = inputs
        logits = ops.cast(self.weight_proj(features), "float32")
        batch, frames = ops.shape(features)[:2]
        shape = (batch, frames, self.groups, self.entries)
        logits = ops.reshape(logits, shape)
        if training or given:
            noise = ops.reshape(ops.cast(given[0], "float32"), shape) if given else None
            selected, codes = self._sample(logits, noise)
            shares = ops.softmax(logits, axis=-1)
        else:
            codes = ops.argmax(logits, axis=-1)
            selected = shares = ops.one_hot(codes, self.entries, dtype="float32")
        if training:
            self.steps.assign(self.steps + 1)
        tables = ops.reshape(
            ops.cast(self.codevectors, "float32"), (self.groups, self.entries, -1)
        )
        vectors = ops.reshape(
            ops.einsum("btgv,gvd->btgd", selected, tables), (batch, frames, self.dim)
        )
        return {
            "codevectors": ops.cast(vectors, self.compute_dtype),
            "codes": ops.cast(codes, "int32"),
            "perplexity": _perplexity(shares, hidden),
        }

    def _sample(self, logits, noise):
        """Returns a one-hot entry per group with the gradient of the softmax, and its index."""
        if noise is None:
            # At least 1e-9, because the logarithm of 0 is infinite.
            u = keras.random.uniform(ops.shape(logits), seed=self.seed_generator)
            noise = -ops.log(-ops.log(ops.maximum(u, 1e-9)))
        soft = ops.softmax((logits + noise) / self.current_temperature(), axis=-1)
        codes = ops.argmax(logits + noise, axis=-1)
        hard = ops.one_hot(codes, self.entries, dtype="float32")
        return hard + (soft - ops.stop_gradient(soft)), codes

    def compute_output_spec(self, inputs, training=None):
        del training
        batch, frames, _ = inputs[0].shape
        return {
            "codevectors": keras.KerasTensor((batch, frames, self.dim), self.compute_dtype),
            "codes": keras.KerasTensor((batch, frames, self.groups), "int32"),
            "perplexity": keras.KerasTensor((), "float32"),
        }

    def get_config(self):
        names = ("groups", "entries", "dim", "temperature", "min_temperature", "decay")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config):
        old = {"least_temperature": "min_temperature"}
        return super().from_config(renamed(config, old))


def _perplexity(shares, hidden):
    """Returns `exp(entropy)` of the mean over the masked frames, summed over the groups."""
    weight = ops.cast(hidden, "float32")
    total = ops.einsum("bt,btgv->gv", weight, shares)
    mean = total / ops.maximum(ops.sum(weight), 1.0)
    # Unused entries contribute 0, with a finite gradient.
    entropy = -ops.sum(mean * ops.log(ops.maximum(mean, 1e-30)), axis=-1)
    return ops.sum(ops.exp(entropy))
