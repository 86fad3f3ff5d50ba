"""SQL that is made once for each form of a query, and then given other values: making it costs more than running it.

A form is all of a query but the texts that it looks for: its filters and their nesting, its order, limit, locks and
joins. What cannot be told apart in this way is made anew each time, as Tortoise does.
"""

from collections.abc import Generator, Hashable, Iterator
from copy import copy
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from cachetools import LRUCache
from tortoise.exceptions import DoesNotExist, MultipleObjectsReturned
from tortoise.expressions import Q
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.loading import Load, is_simple, load_with

MODEL = TypeVar("MODEL", bound=Model)

_MOST_FORMS = 512
_MOST_TEXTS = 100
# They belong to the form: truth and NULL are written into SQL, and there are few of each enum.
_LITERALS = (bool, type(None), Enum)
_SINGLE_VALUED = (
    "_limit",
    "_offset",
    "_distinct",
    "_select_for_update",
    "_select_for_update_nowait",
    "_select_for_update_skip_locked",
    "_select_for_update_no_key",
)
# Queries with any of these are made anew each time.
_NOT_REMEMBERED = (
    "_annotations",
    "_custom_filters",
    "_prefetch_map",
    "_prefetch_queries",
    "_fields_for_select",
    "_group_bys",
    "_having",
    "_force_indexes",
    "_use_indexes",
    "_select_for_update_of",
)


class _NotRememberedError(Exception):
    """A query has something else in it than texts and literals."""


class _Statement(NamedTuple):
    """SQL, the parameters that it was made with, which of them are which of the query's texts; what makes its rows."""

    sql: str
    parameters: list[Any]
    places: list[tuple[int, int]]
    load: Load

    def with_texts(self, texts: list[str]) -> list[Any]:
        """The parameters of a query that looks for these."""
        values = self.parameters.copy()
        for parameter, text in self.places:
            values[parameter] = texts[text]
        return values


_statements = LRUCache[Hashable, _Statement | None](_MOST_FORMS)


class RememberingQuerySet(QuerySet[MODEL]):
    """Tortoise's, with a memory for SQL."""

    def __await__(self) -> Generator[Any, None, list[MODEL]]:
        """The rows."""
        if self._db is None:
            self._db = self._choose_db(self._select_for_update)
        texts: list[str] = []
        statement = self._remembered(texts)
        if statement is None:
            return super().__await__()
        return self._run(statement, texts).__await__()

    async def _run(self, statement: _Statement, texts: list[str]) -> Any:  # noqa: ANN401 - one or all
        _, found = await self._db.execute_query(statement.sql, statement.with_texts(texts))
        rows = [statement.load(tuple(row)) for row in found]
        if not self._single:
            return rows
        if len(rows) > 1:
            raise MultipleObjectsReturned(self.model)
        if not rows and self._raise_does_not_exist:
            raise DoesNotExist(self.model)
        return rows[0] if rows else None

    def _remembered(self, texts: list[str]) -> _Statement | None:
        """The statement of this query's form; adds the query's texts."""
        try:
            form = self._form(texts)
            if len(texts) > _MOST_TEXTS:
                return None  # making it would take long, and lists of that length hardly come again
        except _NotRememberedError:
            return None
        if form not in _statements:
            _statements[form] = self._statement([f"\0{number}" for number in range(len(texts))])
        return _statements[form]

    def _form(self, texts: list[str]) -> Hashable:
        if any(getattr(self, name) for name in _NOT_REMEMBERED) or not is_simple(self.model, self._select_related):
            raise _NotRememberedError
        return (
            self.model,
            self._db.capabilities.dialect,
            frozenset(self._select_related),
            tuple(self._orderings),
            *(getattr(self, name) for name in _SINGLE_VALUED),
            *(_form_of(node, texts) for node in self._q_objects),
        )

    def _statement(self, marks: list[str]) -> _Statement | None:
        """Makes the SQL with a mark in the place of each text; None if a mark has become something else on its way."""
        marked, left = self._clone(), iter(marks)
        marked._q_objects = [_marked(node, left) for node in self._q_objects]
        marked._make_query()
        sql, parameters = marked.query.get_parameterized_sql()
        texts = {mark: text for text, mark in enumerate(marks)}
        places = [(place, texts[value]) for place, value in enumerate(parameters) if _is_in(value, texts)]
        if sorted(text for _, text in places) != list(texts.values()):
            return None
        return _Statement(sql, parameters, places, load_with(self.model, next(iter(self._select_related), None)))


class Remembering(Manager):
    """Makes a model's queries such."""

    def get_queryset(self) -> QuerySet[Any]:
        """A query for all rows."""
        return RememberingQuerySet(self._model)


def _is_in(value: object, texts: dict[str, int]) -> bool:
    return isinstance(value, str) and value in texts


def _form_of(node: Q, texts: list[str]) -> Hashable:
    """What a condition is but for its texts, which are added in the order in which `_marked` replaces them."""
    filters = tuple((name, _form_of_value(value, texts)) for name, value in node.filters.items())
    children = tuple(_form_of(child, texts) for child in node.children)
    return node.join_type, node._is_negated, filters, children


def _form_of_value(value: object, texts: list[str]) -> Hashable:
    if type(value) is str:
        texts.append(value)
        return str
    if isinstance(value, list | tuple) and all(type(each) is str for each in value):
        return tuple(_form_of_value(each, texts) for each in value)
    if isinstance(value, _LITERALS):
        return value
    raise _NotRememberedError


def _marked(node: Q, marks: Iterator[str]) -> Q:
    marked = copy(node)
    marked.filters = {name: _marked_value(value, marks) for name, value in node.filters.items()}
    marked.children = tuple(_marked(child, marks) for child in node.children)
    return marked


def _marked_value(value: Any, marks: Iterator[str]) -> Any:  # noqa: ANN401 - whatever may be looked for
    if type(value) is str:
        return next(marks)
    return [_marked_value(each, marks) for each in value] if isinstance(value, list | tuple) else value
