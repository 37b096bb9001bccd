"""From judged sentences to an answer: citations, what other articles say, notes."""
