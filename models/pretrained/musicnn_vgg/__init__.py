"""The VGG of musicnn: 3x3 convolutions on 96 mel bands, trained on music tags."""

from kapre_like.models.pretrained.callable_folder import make_callable

make_callable(__name__)
