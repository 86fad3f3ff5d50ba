"""Use cases of API tokens."""

from resolvers.tokens.authenticate import LAST_USED_STEP, authenticate, by_hashes, valid_scopes
from resolvers.tokens.issue import issue
from resolvers.tokens.read import by_ids, find, named, own, page
from resolvers.tokens.revoke import revoke
from resolvers.tokens.text import is_our_own

__all__ = [
    "LAST_USED_STEP",
    "authenticate",
    "by_hashes",
    "by_ids",
    "find",
    "is_our_own",
    "issue",
    "named",
    "own",
    "page",
    "revoke",
    "valid_scopes",
]
