"""txtai with its words beside the vectors: `hybrid=True`."""

from benchmarks.peers.adapters import txtai

ENCODER = txtai.ENCODER


class Peer(txtai.Peer):
    """Vectors and BM25, half and half."""

    hybrid = True
