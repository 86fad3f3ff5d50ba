"""The settings of an endpoint, checked: its URL, description and kinds."""

from collections.abc import Collection

from models import EventKind
from resolvers.context import Context
from resolvers.kit.naming import clean_text
from resolvers.refusals import InvalidInput

MAX_DESCRIPTION_LENGTH = 500


def clean_url(context: Context, url: str) -> str:
    """Returns the URL, trimmed; raises InvalidInput if no endpoint may have it."""
    url = url.strip()
    if problem := context.services.webhooks.url_problem(url):
        raise InvalidInput("url", problem)
    return url


def clean_description(description: str | None) -> str | None:
    """Returns the description, trimmed; raises InvalidInput."""
    return None if description is None else clean_text("description", description, MAX_DESCRIPTION_LENGTH)


def clean_kinds(kinds: Collection[EventKind] | None) -> list[str] | None:
    """Returns the names of the kinds, each once; raises InvalidInput if there are none. None stands for all."""
    if kinds is None:
        return None
    if not kinds:
        raise InvalidInput("kinds", "Choose at least one kind of event. Null stands for all kinds.")
    return [kind.value for kind in EventKind if kind in kinds]
