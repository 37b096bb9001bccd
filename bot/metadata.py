"""What the owner of an article says of it, beside what its file says."""

from collections.abc import Mapping

from index import InputError, Item, RefusedArticle
from index.reading.accept import describe


def described(item: Item, given: Mapping[str, str]) -> Item:
    """An article with the fields that were given for it, or why it cannot have them."""
    if isinstance(item, RefusedArticle):
        return item
    try:
        return describe(item, given)
    except InputError as error:
        return RefusedArticle(item.label, str(error))
