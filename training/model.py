"""The reader as it is trained: MiniLM's encoder, where the answer starts and ends, and whether.

After the question-answering head of Devlin et al. (2019), "BERT", section 4.3, in which the first
token stands for "no answer here", with an answerability logit beside it, as in Zhang et al.
(2021), "Retrospective Reader": the first shares the softmax with the spans and so tells whether
this span is the answer, the second is trained apart and also on sentences without spans.
"""

from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn
from transformers import BertModel


@dataclass
class Batch:
    """Token ids and labels, padded: all (examples, tokens), the labels (examples,).

    ``start`` and ``end`` are token places, 0 for no answer, -100 where they are not known.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    start: Tensor
    end: Tensor
    answers: Tensor


class ReaderModel(nn.Module):
    """Logits for a start and an end at each token of the passage, and for "it answers"."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        # Attention spelt out is faster than torch's fused kernel at this width on a CPU, by half.
        self.encoder = BertModel.from_pretrained(
            folder,
            attn_implementation="eager",
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,  # a pass or two over this data does not overfit
            attention_probs_dropout_prob=0.0,
        )
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answers = nn.Linear(width, 1)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Start and end logits (examples, tokens), answerability (examples,)."""
        hidden = self.encoder(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        hidden = hidden.float()
        start, end = self.span(hidden).unbind(-1)
        outside = (types == 0) | (mask == 0)
        outside[:, 0] = False
        start = start.masked_fill(outside, -1e4)
        end = end.masked_fill(outside, -1e4)
        return start, end, self.answers(hidden[:, 0]).squeeze(-1)


def loss_of(model: ReaderModel, batch: Batch) -> Tensor:
    """Where the answer is, and whether there is one."""
    start, end, answers = model(batch.ids, batch.types, batch.mask)
    whether = nn.functional.binary_cross_entropy_with_logits(answers, batch.answers)
    known = batch.start >= 0
    if not known.any():
        return whether
    where = nn.functional.cross_entropy(start[known], batch.start[known])
    where = where + nn.functional.cross_entropy(end[known], batch.end[known])
    return where / 2 * known.float().mean() + whether
