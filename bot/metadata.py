"""What the owner of an article says of it, beside what its file says."""

from collections.abc import Mapping
from dataclasses import replace

from index import RefusedArticle
from index.reading.fields import checked
from index.reading.files import Item


def described(item: Item, given: Mapping[str, str]) -> Item:
    """An article with the fields that were given for it, or why it cannot have them."""
    if isinstance(item, RefusedArticle):
        return item
    try:
        article = checked(item.article.model_copy(update=given), item.label)
    except RefusedArticle as refused:
        return refused
    origin = "given" if "published" in given else item.date_origin
    return replace(item, article=article, date_origin=origin)
