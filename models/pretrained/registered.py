"""Importing this tells Keras of every class of these networks, so that their files load."""

import kapre_like.models.artifact.card
import kapre_like.models.blocks.registered
import kapre_like.models.pretrained.ast.layers
import kapre_like.models.pretrained.speech_embedding.layers
import kapre_like.models.pretrained.vggish.postprocess  # noqa: F401
