"""Settings of the company's identity provider, whose tokens are accepted beside API tokens."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from adapters.identity.provider import ASYMMETRIC
from models import Scope
from settings.base import Group, variable
from settings.fields import COMMAS, Form, IssuerUrl, KeysUrl, ScopesByName


def _known(algorithms: tuple[str, ...]) -> tuple[str, ...]:
    if not algorithms or not set(algorithms) <= set(ASYMMETRIC):
        raise ValueError
    return algorithms


_Algorithms = Annotated[
    tuple[str, ...],
    COMMAS,
    AfterValidator(_known),
    Form(f"one or more of {', '.join(ASYMMETRIC)}, separated by commas"),
]


class IdentitySettings(Group):
    """The tokens that are accepted, and the meaning of their claims."""

    identity_issuer: IssuerUrl | None = Field(
        default=None,
        description="Issuer of JWTs, exactly as in their `iss`: `https://login.example.com/`. Without it, JWTs are "
        "refused.",
    )
    identity_audience: str | None = Field(
        default=None, description="Audience (`aud`) of JWTs for this server. Required with `IDENTITY_ISSUER`."
    )
    identity_jwks_url: KeysUrl | None = Field(
        default=None, description="URL of the issuer's keys; by default OpenID Connect discovery finds it."
    )
    identity_algorithms: _Algorithms = Field(default=ASYMMETRIC, description="Signature algorithms that JWTs may use.")
    identity_leeway_seconds: float = Field(
        default=10,
        ge=0,
        le=60,
        description="Difference that is allowed between the clocks of the issuer and the server.",
    )
    identity_organization_claim: str = Field(
        default="organization",
        description="Claim with the organization's name. `a.b` also finds the claim `b` inside `a`.",
    )
    identity_create_organizations: bool = Field(
        default=False, description="Whether a JWT that names an unknown organization creates it."
    )
    identity_name_claim: str = Field(
        default="preferred_username",
        description="Claim with the viewer's name in events, ideally one that users cannot choose; `sub` where it is "
        "missing.",
    )
    identity_scope_claim: str = Field(
        default="scope", description="Claim with scopes or roles: a list, or a text separated by blanks."
    )
    identity_scopes: ScopesByName = Field(
        default={f"drawbridge.{scope.lower()}": frozenset({scope}) for scope in Scope},
        description="Scopes that the issuer's scopes or roles grant: `drawbridge.admin=CONFIGURE+MANAGE_TOKENS,…`.",
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.identity_issuer is None) != (self.identity_audience is None):
            names = f"{variable('identity_issuer')} and {variable('identity_audience')}"
            raise ValueError(f"{names} belong together: set both or neither.")
        return self
