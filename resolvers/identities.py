"""Authentication with tokens of the identity provider: their claims become a viewer."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.identity.provider import TokenRefusedError
from adapters.identity.signing_keys import ProviderUnavailableError
from kit.secret import Secret
from models import ActorKind, Organization, Scope
from resolvers import organizations
from resolvers.context import Viewer
from resolvers.kit.naming import clean_text, is_reserved
from resolvers.refusals import IdentityUnavailable, InvalidInput, Unauthenticated
from resolvers.services import ClaimRules, Services

# The width of the columns that store a viewer's id.
_MAX_ID_LENGTH = 255

Claims = Mapping[str, Any]

_logger = logging.getLogger(__name__)


async def authenticate(services: Services, token: Secret, now: datetime) -> Viewer:
    """Returns the token's viewer; raises Unauthenticated for any invalid token, or IdentityUnavailable."""
    if services.identity is None:
        raise Unauthenticated
    try:
        claims = await services.identity.claims_of(token)
    except TokenRefusedError:
        raise Unauthenticated from None
    except ProviderUnavailableError:
        raise IdentityUnavailable from None
    return await _viewer(services.claim_rules, claims, now)


async def is_signed(services: Services, token: Secret) -> bool:
    """Whether the provider's signature and times of the token are valid now."""
    if services.identity is None:
        return False
    try:
        await services.identity.claims_of(token)
    except TokenRefusedError:
        return False
    return True


async def _viewer(rules: ClaimRules, claims: Claims, now: datetime) -> Viewer:
    """Builds the viewer. Logs the reason of a refusal, because the provider did issue the token for this server."""
    subject, scopes = claims["sub"], _scopes(rules, claims)
    id_ = f"{claims['iss']} {subject}"  # unambiguous, because an issuer contains no space
    if not subject or not subject.isprintable() or len(id_) > _MAX_ID_LENGTH:
        raise _refused("its subject is empty, too long or not printable")
    if not scopes:
        raise _refused("it has no known scope")
    organization = await _organization(rules, claims, now)
    if organization is None:
        raise _refused("it names no known organization")
    ends, refused_from = _time(claims["exp"]), _time(claims["exp"], rules.identity_leeway_seconds)
    return Viewer(id_, organization, _name(rules, claims), scopes, ActorKind.USER, subject, ends, refused_from)


def _time(seconds: Any, leeway: float = 0) -> datetime | None:  # noqa: ANN401 - JSON that PyJWT takes for a number
    """A claim's time (RFC 7519, NumericDate) with a leeway; None for one that no calendar has."""
    try:
        return datetime.fromtimestamp(int(seconds) + leeway, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _refused(reason: str) -> Unauthenticated:
    _logger.warning("A token from the identity provider was refused: %s.", reason)
    return Unauthenticated()


def _scopes(rules: ClaimRules, claims: Claims) -> frozenset[Scope]:
    """Maps the claim's names to scopes. The claim is a list, or a string separated by spaces (RFC 8693, 4.2)."""
    names = _claim(claims, rules.identity_scope_claim)
    if isinstance(names, str):
        names = names.split()
    if not isinstance(names, list):
        return frozenset()
    known = [rules.identity_scopes.get(name, frozenset()) for name in names if isinstance(name, str)]
    return frozenset[Scope]().union(*known)


async def _organization(rules: ClaimRules, claims: Claims, now: datetime) -> Organization | None:
    """The organization that the claim names, as a string or a list of one string."""
    name = _claim(claims, rules.identity_organization_claim)
    if isinstance(name, list) and len(name) == 1:
        (name,) = name
    if not isinstance(name, str):
        return None
    try:
        if rules.identity_create_organizations:
            return (await organizations.ensure(name, now))[0]
        return await Organization.get_or_none(name=clean_text("organization", name))
    except InvalidInput:
        return None


def _name(rules: ClaimRules, claims: Claims) -> str:
    """The name that events record: the claim's name if it is valid, else the subject."""
    for name in (_claim(claims, rules.identity_name_claim), claims["sub"]):
        try:
            if isinstance(name, str) and not is_reserved(name := clean_text("name", name)):
                return name
        except InvalidInput:
            continue
    raise _refused("neither its name nor its subject can be displayed")


def _claim(claims: Claims, path: str) -> Any:  # noqa: ANN401 - JSON
    """The claim with this name, else the nested claim at a dotted path such as `realm_access.roles`."""
    if path in claims:
        return claims[path]
    first, _, rest = path.partition(".")
    inner = claims.get(first)
    return _claim(inner, rest) if rest and isinstance(inner, dict) else None
