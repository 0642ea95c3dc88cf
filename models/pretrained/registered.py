"""Importing this module registers the Keras classes of these networks, so that models load."""

import kapre_like.models.artifact.card
import kapre_like.models.blocks.registered
import kapre_like.models.pretrained.ast.layers
import kapre_like.models.pretrained.speech_embedding.layers
import kapre_like.models.pretrained.vggish.postprocess  # noqa: F401
