"""YAMNet: depthwise separable 3x3 convolutions, trained on AudioSet."""

from kapre_like.models.pretrained.callable_folder import make_callable

make_callable(__name__)
