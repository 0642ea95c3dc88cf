"""The workbench for every family: train, compare, predict, features and others.

The functions and their arguments have the names of the command line. Most are in modules of the
same names, so all are imported here at once and replace their modules. They
import large packages only when they run.
"""

from kapre_like.models.experiment.compare import compare as compare
from kapre_like.models.experiment.decoding import tune_decoder as tune_decoder
from kapre_like.models.experiment.evaluate import evaluate as evaluate
from kapre_like.models.experiment.export import export as export
from kapre_like.models.experiment.features import features as features
from kapre_like.models.experiment.predict import predict as predict
from kapre_like.models.experiment.pretrain import pretrain as pretrain
from kapre_like.models.experiment.show import show as show
from kapre_like.models.experiment.train import train as train

__all__ = [
    "compare", "evaluate", "export", "features", "predict", "pretrain", "show", "train",
    "tune_decoder",
]  # fmt: skip
