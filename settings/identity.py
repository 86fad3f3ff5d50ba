"""Settings of the company's identity provider, whose tokens are taken beside API tokens."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.identity.provider import ASYMMETRIC
from models import Scope
from settings.reading import between, parts_of, provider_url, setting, some_of, yes_or_no


def scopes_by_name(text: str) -> Mapping[str, frozenset[Scope]]:
    """Reads `name=SCOPE+SCOPE,…`; a name may hold `=`, as URLs do."""
    scopes = {}
    for part in parts_of(text):
        name, _, given = part.rpartition("=")
        if not name or name in scopes:
            raise ValueError
        scopes[name] = frozenset(map(Scope, given.split("+")))
    return scopes


@dataclass(frozen=True)
class IdentitySettings:
    """Whose tokens they are, and what their claims stand for."""

    identity_issuer: str | None = setting(
        provider_url,
        None,
        "none: JWTs are refused",
        "The issuer of JWTs, by the letter as their `iss` has it: `https://login.example.com/`. It needs https, unless "
        "it is on this machine.",
    )
    identity_audience: str | None = setting(
        str, None, "none, required with `IDENTITY_ISSUER`", "What JWTs for this server have in `aud`."
    )
    identity_jwks_url: str | None = setting(
        provider_url, None, "by OpenID Connect discovery", "Where the issuer's keys are, if it has no discovery."
    )
    identity_algorithms: tuple[str, ...] = setting(
        some_of(ASYMMETRIC),
        ",".join(ASYMMETRIC),
        "all of them",
        f"By what JWTs may be signed, of {', '.join(f'`{name}`' for name in ASYMMETRIC)}.",
    )
    identity_leeway_seconds: float = setting(
        between(float, 0, 60), "10", "`10`", "By how much the issuer's clock may differ, from 0 to 60 seconds."
    )
    identity_organization_claim: str = setting(
        str,
        "organization",
        "`organization`",
        "The claim with the organization's name. `a.b` also names the claim `b` within `a`.",
    )
    identity_create_organizations: bool = setting(
        yes_or_no, "no", "`no`", "Whether an organization is made when a JWT first names it: `yes` or `no`."
    )
    identity_name_claim: str = setting(
        str,
        "preferred_username",
        "`preferred_username`",
        "The claim with what events call the viewer, best one that users cannot choose; `sub` where it is missing.",
    )
    identity_scope_claim: str = setting(
        str, "scope", "`scope`", "The claim with scopes or roles: a list, or a text with blanks between them."
    )
    identity_scopes: Mapping[str, frozenset[Scope]] = setting(
        scopes_by_name,
        ",".join(f"drawbridge.{scope.lower()}={scope}" for scope in Scope),
        "`drawbridge.read=READ` and so on for each scope",
        "What the issuer's scopes or roles allow: `drawbridge.admin=CONFIGURE+MANAGE_TOKENS,…`.",
    )
