"""The integrations that use a credential, page by page. The pages of many credentials are read in one query."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models import Integration, Scope
from models.querying import Select
from resolvers.context import Context
from resolvers.integrations.read import read_all, visible
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.ordering import NounOrder, OrderDirection
from resolvers.kit.paging import Page, Window

_OLDEST_FIRST = NounOrder(direction=OrderDirection.ASC)
# SQLite allows 500 terms in a compound SELECT, of which each page needs one or two.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class PageOfCredential:
    """A wanted page of one credential's integrations, oldest first. `after` and `before` are ids."""

    credential_id: str
    size: int
    backwards: bool
    after: str | None
    before: str | None

    @property
    def begin(self) -> str | None:
        """The place where the page begins in reading direction; None at the list's end."""
        return self.before if self.backwards else self.after

    def selects(self) -> Iterator[tuple[str, Sequence[str | int]]]:
        """The SELECTs of the ids that determine the page, with their values.

        One finds its rows and one row more, the other finds a row on the other side of its beginning. Each reads as
        many entries of an index as it returns.
        """
        bounds = [(sign, id_) for sign, id_ in ((">", self.after), ("<", self.before)) if id_ is not None]
        yield self._select(bounds, self.size + 1, descending=self.backwards)
        if self.begin is not None:
            yield self._select([(">=" if self.backwards else "<=", self.begin)], 1, descending=not self.backwards)

    def _select(
        self, bounds: Sequence[tuple[str, str]], limit: int, *, descending: bool
    ) -> tuple[str, Sequence[str | int]]:
        conditions = "".join(f" AND id {sign} ?" for sign, _ in bounds)
        order = "DESC" if descending else "ASC"
        rows = f"SELECT id FROM integrations WHERE credential_id = ?{conditions} ORDER BY id {order} LIMIT ?"  # noqa: S608 - signs only
        return f"SELECT id FROM ({rows}) AS part", (self.credential_id, *(id_ for _, id_ in bounds), limit)  # noqa: S608 - likewise

    def cut(self, rows: Sequence[Integration]) -> tuple[Sequence[Integration], bool, bool]:
        """The page's rows, whether more follow in reading direction, and whether any are on the other side.

        `rows` are the credential's rows that the SELECTs of this and of other pages found, oldest first.
        """
        inside = [row for row in rows if (self.after or "") < row.id and (self.before is None or row.id < self.before)]
        found = inside[-self.size :] if self.backwards else inside[: self.size]
        begin = self.begin
        other_side = begin is not None and any(row.id >= begin if self.backwards else row.id <= begin for row in rows)
        return found, len(inside) > self.size, other_side


def page_of_credential(credential_id: str, window: Window) -> PageOfCredential:
    """A wanted page; raises InvalidArgument or InvalidCursor."""
    after, before = (
        str(_OLDEST_FIRST.decode(cursor)[0]) if cursor is not None else None for cursor in (window.after, window.before)
    )
    return PageOfCredential(credential_id, window.size(), window.backwards, after, before)


@dataclass(frozen=True, slots=True)
class _PageOfMany(Page[Integration]):
    """A page whose count is read together with those of other credentials."""

    credential_id: str
    counts: BatchLoader[str, int]

    async def count(self) -> int:
        return await self.counts.load(self.credential_id) or 0


async def pages_of_credentials(
    context: Context, counts: BatchLoader[str, int], wanted: Collection[PageOfCredential]
) -> Mapping[PageOfCredential, Page[Integration]]:
    """The wanted pages. Needs READ."""
    pages: dict[PageOfCredential, Page[Integration]] = {}
    for batch in _batches(list(wanted)):
        rows = await _rows(context, batch)
        for part in batch:
            found, more, other_side = part.cut(rows[part.credential_id])
            window = Window(last=part.size) if part.backwards else Window(first=part.size)
            everything = visible(context).where("integrations.credential_id = ?", part.credential_id)
            pages[part] = _PageOfMany(
                found, _OLDEST_FIRST, everything, window, more, other_side, part.credential_id, counts
            )
    return pages


async def counts_of_credentials(context: Context, credential_ids: Collection[str]) -> Mapping[str, int]:
    """The numbers of integrations that use each of these credentials. Needs READ."""
    organization = context.require(Scope.READ).organization
    own = Select(Integration).where("integrations.organization_id = ?", organization.id)
    return await own.where_in("integrations.credential_id", credential_ids).count_by("credential_id")


async def _rows(context: Context, batch: Iterable[PageOfCredential]) -> Mapping[str, Sequence[Integration]]:
    """The rows of all pages by credential, oldest first."""
    selects = [select for part in batch for select in part.selects()]
    ids = " UNION ALL ".join(sql for sql, _ in selects)
    values = [value for _, some in selects for value in some]
    by_credential: dict[str, list[Integration]] = defaultdict(list)
    for row in await read_all(context, visible(context).where(f"integrations.id IN ({ids})", *values)):
        by_credential[row.credential_id].append(row)
    return by_credential


def _batches(wanted: Sequence[PageOfCredential]) -> Iterator[Sequence[PageOfCredential]]:
    for start in range(0, len(wanted), _BATCH):
        yield wanted[start : start + _BATCH]
