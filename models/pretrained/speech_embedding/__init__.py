"""Google's speech embedding: factored 3x3 convolutions on 32 mel bands."""

from kapre_like.models.pretrained.callable_folder import make_callable

make_callable(__name__)
