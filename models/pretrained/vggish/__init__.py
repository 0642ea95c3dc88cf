"""VGGish: 3x3 convolutions on 64 mel bands, trained on YouTube videos."""

from kapre_like.models.pretrained.callable_folder import make_callable

make_callable(__name__)
