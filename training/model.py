"""The reader as it is trained: an encoder, where the answer starts and ends, whether there is one.

After the question-answering head of Devlin et al. (2019), "BERT", section 4.3, in which the first
token stands for "no answer here", with an answerability logit beside it, as in Zhang et al.
(2021), "Retrospective Reader": the first shares the softmax with the spans and so tells whether
this span is the answer, the second is trained apart and also on sentences without spans. For
lists a tag on each token, as in Segal et al. (2020), "A simple and effective model for answering
multi-span questions", and whether a list is asked for. Passages of one question are compared by
the shared normalisation of Clark & Gardner (2018), "Simple and effective multi-paragraph reading
comprehension", section 3.3.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, BertModel
from transformers.masking_utils import AttentionMaskInterface, eager_mask

# Loss on held-out questions: 1.56 after the first run, which had none; 228 steps later 1.42.
DROPOUT = 0.1
WARM_UP = 0.04
START, END, ANSWERS, INSIDE, LIST = range(5)  # the rows of the heads


def rate(progress: float) -> float:
    """The share of the full learning rate: up in a straight line, then down to nothing."""
    return min(progress / WARM_UP, (1 - progress) / (1 - WARM_UP), 1.0)


def attention(
    _module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **_: Any
) -> tuple[Tensor, None]:
    """Attention in the tensors' own type; in bf16 spelt out, on a CPU a third faster than torch's.

    In float32 torch's is three times as fast.
    """
    with torch.autocast(query.device.type, enabled=False):
        if query.dtype == torch.float32:
            of = nn.functional.scaled_dot_product_attention(query, key, value, mask)
            return of.transpose(1, 2).contiguous(), None
        scores = (query * query.size(-1) ** -0.5) @ key.transpose(-1, -2)
        if mask is not None:
            scores = scores + mask.to(scores.dtype)
        out = torch.softmax(scores, -1) @ value
    return out.transpose(1, 2).contiguous(), None


AttentionInterface.register("spelt_out", attention)
AttentionMaskInterface.register("spelt_out", eager_mask)


@dataclass
class Batch:
    """Token ids and labels, padded: all (examples, tokens), the labels (examples,).

    ``inside`` is 1 for tokens of the answer, 0 for others, -1 for those that cannot answer.
    ``start`` and ``end`` are token places, 0 for no answer, -100 where they are not known.
    ``question`` (examples,) is the number of the question that a passage was found for, from 0 on,
    where those of a question are compared.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    inside: Tensor
    is_list: Tensor
    start: Tensor
    end: Tensor
    answers: Tensor
    question: Tensor | None = None


class ReaderModel(nn.Module):
    """Five logits for each token, of which the last and the third count at the first token."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = BertModel.from_pretrained(
            folder,
            attn_implementation="spelt_out",
            add_pooling_layer=False,
            dtype=torch.float32,
            hidden_dropout_prob=DROPOUT,
            attention_probs_dropout_prob=0.0,  # which would cost a third of a step
        )
        self.heads = nn.Linear(self.encoder.config.hidden_size, 5)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Tensor:
        """Logits (examples, tokens, 5)."""
        hidden = self.encoder(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        out: Tensor = self.heads(hidden.float())
        return out


def loss_of(model: ReaderModel, batch: Batch) -> Tensor:
    """Where the answer is, and whether there is one."""
    logits = model(batch.ids, batch.types, batch.mask)
    outside = batch.inside < 0
    outside[:, 0] = False
    whether = nn.functional.binary_cross_entropy_with_logits(logits[:, 0, ANSWERS], batch.answers)
    known = batch.start >= 0
    if not known.any():
        return whether
    where = torch.zeros(())
    for row, place in ((START, batch.start), (END, batch.end)):
        scores = logits[..., row].masked_fill(outside, -1e4)
        where = where + nn.functional.cross_entropy(scores[known], place[known])
    tagged = batch.inside >= 0
    inside = nn.functional.binary_cross_entropy_with_logits(
        logits[..., INSIDE][tagged], batch.inside[tagged]
    )
    has = known & (batch.answers > 0)
    lists = nn.functional.binary_cross_entropy_with_logits(
        logits[:, 0, LIST], batch.is_list, weight=has.float(), reduction="sum"
    ) / max(1.0, float(has.sum()))
    loss = where / 2 * known.float().mean() + whether + 3 * inside + 0.5 * lists
    return loss if batch.question is None else loss + compared(logits, batch, batch.question)


def compared(logits: Tensor, batch: Batch, question: Tensor) -> Tensor:
    """Where the answer is among all passages of a question, or that none of them has it.

    A token counts by its logit less that of its passage's first token, which is how spans of
    several passages are compared when they are read.
    """
    outside = batch.inside < 0
    questions = int(question.max()) + 1
    loss = torch.zeros(())
    for row, place in ((START, batch.start), (END, batch.end)):
        scores = (logits[..., row] - logits[:, :1, row]).masked_fill(outside, -1e4)
        passages = scores.new_full((questions, len(question) + 1), -1e4)
        passages[:, -1] = 0.0  # no answer
        each = torch.arange(len(question), device=question.device)
        all_of = passages.index_put((question, each), scores.logsumexp(1)).logsumexp(1)
        has = place > 0
        right = scores.new_zeros(questions).index_put((question[has],), scores[has, place[has]])
        loss = loss + (all_of - right).mean()
    return loss / 2
