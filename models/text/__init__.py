"""Converts CTC log probabilities to text, with NumPy only.

`greedy` and `beam_search` decode. `LanguageModel` is an n-gram model, which `train_kneser_ney`
trains. `Vocabulary` and `TextRule` define tokens and normalization. `errors` compares texts.
`srt`, `vtt` and `ctm` write transcripts. `joined_frames` and `joined_transcripts` join the
windows of a long recording.
"""

from kapre_like.models.text.beam_search import beam_search as beam_search
from kapre_like.models.text.greedy import greedy as greedy
from kapre_like.models.text.kneser_ney import train_kneser_ney as train_kneser_ney
from kapre_like.models.text.language_model import LanguageModel as LanguageModel
from kapre_like.models.text.measures import Errors as Errors
from kapre_like.models.text.measures import alignment as alignment
from kapre_like.models.text.measures import errors as errors
from kapre_like.models.text.normalization import TextRule as TextRule
from kapre_like.models.text.stitching import joined_frames as joined_frames
from kapre_like.models.text.stitching import joined_transcripts as joined_transcripts
from kapre_like.models.text.subtitles import ctm as ctm
from kapre_like.models.text.subtitles import srt as srt
from kapre_like.models.text.subtitles import vtt as vtt
from kapre_like.models.text.transcript import Transcript as Transcript
from kapre_like.models.text.transcript import Word as Word
from kapre_like.models.text.vocabulary import Vocabulary as Vocabulary
