"""What training starts from in the tests."""

from pathlib import Path

import pytest
import torch

from index.models.registry import packaged_model_folder


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small untrained encoder to start from."""
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("start")
    tokens = BertTokenizerFast.from_pretrained(str(packaged_model_folder()))
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    torch.manual_seed(3)
    BertModel(config).save_pretrained(folder)
    tokens.save_pretrained(folder)
    return folder
