"""Train, pretrain, evaluate, predict, compare, export, show: one contract over every family.

The functions have the names and the words of the command line's. Their modules carry the same
names, so they are imported here at once, function over module; each imports what is heavy only
when it runs.
"""

from kapre_like.models.experiment.compare import compare as compare
from kapre_like.models.experiment.evaluate import evaluate as evaluate
from kapre_like.models.experiment.export import export as export
from kapre_like.models.experiment.predict import predict as predict
from kapre_like.models.experiment.pretrain import pretrain as pretrain
from kapre_like.models.experiment.show import show as show
from kapre_like.models.experiment.train import train as train

__all__ = ["compare", "evaluate", "export", "predict", "pretrain", "show", "train"]
