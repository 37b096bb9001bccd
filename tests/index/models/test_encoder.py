"""The fast runtime against its reference, and against itself in other batches."""

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from index import ArticleInput, Home, ModelError, accept
from index.models.convert import convert_shipped, load_reference
from index.models.convert import main as convert
from index.models.encoder import (
    Encoder,
    EncoderConfig,
    ReferenceEncoder,
    Vectors,
    equal_length_batches,
    normalised,
    vectors_under_titles,
)
from index.models.registry import (
    DEFAULT_MODEL,
    PACKAGED_MODEL,
    SHIPPED_MODEL,
    ModelChoice,
    Models,
    run_conversion,
)
from tests.conftest import EXAMPLES
from tests.corpora import CONFIG, StubEncoder, shipped


@pytest.fixture(scope="module")
def sentences(example_home: Path) -> list[str]:
    with Home(example_home).corpus("default").snapshot() as view:
        articles = [view.article(head.id) for head in view.heads()]
    return [article.quote(s) for article in articles for s in article.sentences]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return shipped()


def test_the_model_that_comes_along_is_the_default_and_whole(tmp_path: Path) -> None:
    models = Models(tmp_path / "models", threads=1)
    assert models.obtain(ModelChoice(DEFAULT_MODEL)) == SHIPPED_MODEL
    assert models.manifest(SHIPPED_MODEL).id == SHIPPED_MODEL
    assert models.damaged_files(SHIPPED_MODEL) == []
    assert not (tmp_path / "models").exists()


@pytest.mark.slow
def test_the_packaged_model_is_converted_to_what_older_corpora_were_made_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process, which loads torch for other tests; a reader is converted in one of its own.
    monkeypatch.setattr(
        "index.models.registry.run_conversion",
        lambda name, target, *how: convert(name, str(target), *how),
    )
    models = Models(tmp_path / "models", threads=1)
    for name in (PACKAGED_MODEL, f"sentence-transformers/{PACKAGED_MODEL}"):
        assert models.obtain(ModelChoice(name)) == "9af7da1f21c9a574"


@pytest.fixture(scope="module")
def together(encoder: Encoder, sentences: list[str]) -> Vectors:
    """The sentences' vectors, encoded at once."""
    return encoder.encode(sentences)


def test_a_vector_does_not_depend_on_what_it_was_batched_with(
    encoder: Encoder, sentences: list[str], together: Vectors
) -> None:
    shuffled = random.Random(5).sample(range(len(sentences)), len(sentences))
    otherwise = encoder.encode([sentences[n] for n in shuffled])
    alone = [encoder.encode([sentence])[0] for sentence in sentences]
    assert np.array_equal(together[shuffled], otherwise)
    assert np.array_equal(together, np.stack(alone))


def test_vectors_are_of_length_one(together: Vectors) -> None:
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)


@pytest.mark.slow
def test_the_fast_runtime_is_near_its_reference(
    tmp_path: Path, encoder: Encoder, sentences: list[str], together: Vectors
) -> None:
    # In this process: a second one would only load torch again.
    made = convert_shipped(tmp_path / "made", "sentence-transformers", "float32")
    reference = ReferenceEncoder(tmp_path / "made", made.config)
    assert reference.config.title_share == encoder.config.title_share > 0
    cosines = (together[::3] * reference.encode(sentences[::3])).sum(axis=1)
    assert cosines.mean() >= 0.995
    assert cosines.min() >= 0.97


def test_a_sentence_leans_toward_its_title_which_is_encoded_once() -> None:
    class Counting(StubEncoder):
        config = CONFIG.model_copy(update={"title_share": 0.5})
        texts: ClassVar[list[str]] = []

        def encode(self, texts: Sequence[str]) -> Vectors:
            self.texts.extend(texts)
            return super().encode(texts)

    encoder, sentences = Counting(), ["He resigned.", "She won.", "Nothing."]
    vectors = vectors_under_titles(encoder, sentences, ["Harbour", "Harbour", ""])
    assert encoder.texts == [*sentences, "Harbour"]
    alone, title = StubEncoder().encode(sentences), StubEncoder().encode(["Harbour"])[0]
    assert np.allclose(vectors[:2], normalised(alone[:2] + 0.5 * title))
    assert np.array_equal(vectors[2], alone[2])
    assert np.array_equal(vectors_under_titles(StubEncoder(), sentences, ["Harbour"] * 3), alone)


def test_a_model_without_a_share_of_titles_keeps_its_id() -> None:
    assert "title_share" not in CONFIG.model_dump_json()
    leaning = CONFIG.model_copy(update={"title_share": 0.5})
    assert EncoderConfig.model_validate_json(leaning.model_dump_json()) == leaning


def test_a_text_longer_than_the_model_reads_is_split_and_not_cut(encoder: Encoder) -> None:
    first, second = "the harbour was calm " * 120, "an election was held " * 120
    both, start = encoder.encode([first + second, first])
    assert float(both @ start) < 0.95  # the end counts too


def test_batches_are_of_one_length_and_lose_nothing() -> None:
    pieces = sorted(((n, [0] * (1 + n % 7)) for n in range(5_000)), key=lambda p: len(p[1]))
    batches = list(equal_length_batches(pieces))
    assert [piece for batch in batches for piece in batch] == pieces
    assert all(len({len(ids) for _, ids in batch}) == 1 for batch in batches)


def test_a_model_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no model folder"):
        Models(tmp_path, threads=1).obtain(ModelChoice("./nowhere"))
    with pytest.raises(ModelError, match="neither"):
        Models(tmp_path, threads=1).obtain(ModelChoice(str(EXAMPLES)))


@pytest.mark.slow
def test_a_model_that_does_not_load_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"^the model \S+ does not load: Unrecognized[^\n]+$"):
        load_reference(tmp_path)


def test_a_conversion_that_fails_says_why_in_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, wrong = Models(tmp_path / "models", threads=1), tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"^there is no model folder \./nowhere$"):
        run_conversion("./nowhere", tmp_path / "made", "ctranslate2", "int8")
    monkeypatch.setattr("index.models.registry.sys.executable", shutil.which("false"))
    with pytest.raises(
        ModelError, match=r"cannot be converted \(its process ended with status 1\)"
    ):
        models.obtain(ModelChoice(str(wrong)))
    assert list((tmp_path / "models").iterdir()) == []


def test_a_home_shares_its_model_among_corpora(empty_home: Path) -> None:
    home = Home(empty_home)
    for name in ("one", "two"):
        home.corpus(name).add([accept(ArticleInput(text="Oslo is calm."), None, name)])
    with home.corpus("one").snapshot() as one, home.corpus("two").snapshot() as two:
        assert one.model_id == two.model_id
    assert home.corpora() == ["one", "two"]


def test_a_process_forked_after_a_model_was_loaded_says_so(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encoder.config.dimensions
    monkeypatch.setattr("index.models.registry.os.getpid", lambda: 1)
    with pytest.raises(ModelError, match="was forked from one that had answered"):
        Models(tmp_path, threads=1).load(SHIPPED_MODEL)
