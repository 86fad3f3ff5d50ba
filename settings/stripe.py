"""Settings of Stripe, and of the platform that connects accounts there."""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from adapters.stripe.key_format import KeyFault, KeyRefusedError, parse_key
from adapters.stripe.permissions import PERMISSIONS
from kit.secret import Secret
from settings.base import Group, variable
from settings.errors import OtherValueError
from settings.fields import AppId, AuthorizeLink, BaseUrl, ClientId, Form, Pages, parts_of

STRIPE_ITSELF = "https://api.stripe.com"
# The form of a permission's name. Any other text may be a secret, which no error repeats.
_PERMISSION = re.compile(r"[a-z_]{1,60}_(?:read|write)")
_WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{1,500}")
_PARTS_OF_PLATFORM = ("secret_key", "client_id", "webhook_secret")
_PARTS_OF_APP = ("authorize_link", "secret_key", "webhook_secret")
_BY_DEFAULT = "by default the sandbox's in development"
_APP_BY_DEFAULT = f"{_BY_DEFAULT}, unless the mode has settings of Connect. New credentials prefer it to Connect"


def _key_of(mode: str) -> Callable[[str], Secret]:
    def read(text: str) -> Secret:
        try:
            key = parse_key(Secret(text))
        except KeyRefusedError as refused:
            raise _other_value(refused.fault) from None
        if key.livemode != (mode == "live"):
            raise OtherValueError(f"It is a key of {'live' if key.livemode else 'test'} mode.")
        if key.restricted:
            raise OtherValueError("It is a restricted key.")
        return key.secret

    return read


def _other_value(fault: KeyFault) -> ValueError:
    noun = fault.name.lower().replace("_", " ")
    article = "an" if noun[0] in "aeiou" else "a"
    return ValueError() if fault is KeyFault.MALFORMED else OtherValueError(f"It is {article} {noun}.")


def _webhook_secret(text: str) -> Secret:
    secret = Secret(text).cleaned()
    if not _WEBHOOK_SECRET.fullmatch(secret.reveal()):
        raise ValueError
    return secret


def _permissions(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(parts_of(text)))
    for name in names:
        if not _PERMISSION.fullmatch(name):
            raise ValueError
        if name not in PERMISSIONS:
            raise OtherValueError(f"{name} is not one of them.")
    return names


def _form_of_key(mode: str) -> Form:
    return Form(f"a secret key of {mode} mode: sk_{mode}_… (Stripe does not let restricted keys exchange codes)")


_LiveKey = Annotated[Secret, PlainValidator(_key_of("live")), _form_of_key("live")]
_TestKey = Annotated[Secret, PlainValidator(_key_of("test")), _form_of_key("test")]
_WebhookSecret = Annotated[Secret, PlainValidator(_webhook_secret), Form("a signing secret of Stripe: whsec_…")]
_Permissions = Annotated[
    tuple[str, ...],
    PlainValidator(_permissions),
    Form(
        "names of Stripe's permissions, without rak_, like customer_read,plan_read; docs/restricted-keys.md lists them"
    ),
]


class StripeSettings(Group):
    """Where Stripe is, and which platform this server is there."""

    return_urls: Pages = Field(
        default=frozenset(),
        description="Pages to which users may return from Stripe, besides the console. Origin and path match exactly.",
    )
    stripe_api_base: BaseUrl | None = Field(
        default=None,
        description="Base URL of Stripe's API and OAuth pages; by default the sandbox in development, Stripe in "
        f"production. `{STRIPE_ITSELF}` stands for Stripe itself.",
    )
    stripe_timeout_seconds: float = Field(
        default=10, ge=0.1, le=60, description="Time limit for a call to Stripe, retries included."
    )
    stripe_required_permissions: _Permissions = Field(
        default=(),
        description="The permissions at Stripe that integrations need. Restricted keys are checked for them.",
    )
    key_policy: Literal["any", "warn", "restricted"] = Field(
        default="warn",
        description="Which secret keys are accepted. `any`: all, without a word. `warn`: all, and the message names "
        "required permissions that a key lacks. `restricted`: only restricted keys that lack none.",
    )
    verify_interval_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Hours between checks of a stored credential with Stripe, on average. 0 disables them.",
    )
    stripe_auth_ttl_seconds: float = Field(
        default=600, ge=1, le=86_400, description="Time that a user has to approve access at Stripe."
    )
    stripe_live_secret_key: _LiveKey | None = Field(
        default=None, description=f"The Connect platform's secret key in live mode; {_BY_DEFAULT}."
    )
    stripe_live_client_id: ClientId | None = Field(
        default=None, description=f"The Connect platform's client id in live mode; {_BY_DEFAULT}."
    )
    stripe_live_webhook_secret: _WebhookSecret | None = Field(
        default=None, description=f"Signing secret of the Connect endpoint in live mode; {_BY_DEFAULT}."
    )
    stripe_test_secret_key: _TestKey | None = Field(
        default=None, description=f"The Connect platform's secret key in test mode; {_BY_DEFAULT}."
    )
    stripe_test_client_id: ClientId | None = Field(
        default=None, description=f"The Connect platform's client id in test mode; {_BY_DEFAULT}."
    )
    stripe_test_webhook_secret: _WebhookSecret | None = Field(
        default=None, description=f"Signing secret of the Connect endpoint in test mode; {_BY_DEFAULT}."
    )
    stripe_live_app_authorize_link: AuthorizeLink | None = Field(
        default=None,
        description=f"Link to the Stripe App's consent page in live mode; {_APP_BY_DEFAULT}.",
    )
    stripe_live_app_secret_key: _LiveKey | None = Field(
        default=None, description="Secret key in live mode of the account that owns the Stripe App."
    )
    stripe_live_app_webhook_secret: _WebhookSecret | None = Field(
        default=None, description="Signing secret of the Stripe App's endpoint in live mode."
    )
    stripe_live_app_id: AppId | None = Field(
        default=None,
        description="Id of the Stripe App in live mode. Without it, deleting a credential does not uninstall the app.",
    )
    stripe_test_app_authorize_link: AuthorizeLink | None = Field(
        default=None,
        description=f"Link to the Stripe App's consent page in test mode; {_APP_BY_DEFAULT}.",
    )
    stripe_test_app_secret_key: _TestKey | None = Field(
        default=None, description="Secret key in test mode of the account that owns the Stripe App, or of its sandbox."
    )
    stripe_test_app_webhook_secret: _WebhookSecret | None = Field(
        default=None, description="Signing secret of the Stripe App's endpoint in test mode."
    )
    stripe_test_app_id: AppId | None = Field(
        default=None,
        description="Id of the Stripe App in test mode. Without it, deleting a credential does not uninstall the app.",
    )

    @property
    def uses_sandbox(self) -> bool:
        """Whether Stripe is played by a sandbox, this server's own or another server's."""
        return not self.production and self.stripe_api_base != STRIPE_ITSELF

    def platform(self, *, livemode: bool) -> tuple[Secret, str, Secret] | None:
        """The platform's secret key, client id and webhook secret in one mode, if it is set up there."""
        if livemode:
            parts = self.stripe_live_secret_key, self.stripe_live_client_id, self.stripe_live_webhook_secret
        else:
            parts = self.stripe_test_secret_key, self.stripe_test_client_id, self.stripe_test_webhook_secret
        key, client_id, webhook_secret = parts
        return (key, client_id, webhook_secret) if key and client_id and webhook_secret else None

    @property
    def connects(self) -> bool:
        """Whether accounts can be connected by OAuth, in either mode."""
        return any(self.platform(livemode=mode) or self.app(livemode=mode) for mode in (True, False))

    def app(self, *, livemode: bool) -> tuple[str, Secret, Secret, str | None] | None:
        """The Stripe App's authorize link, secret key, webhook secret and id in one mode, if it is set up there."""
        mode = "live" if livemode else "test"
        link, key, webhook_secret, id_ = (getattr(self, f"stripe_{mode}_app_{part}") for part in (*_PARTS_OF_APP, "id"))
        return (link, key, webhook_secret, id_) if link and key and webhook_secret else None

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if mistakes := list(self._mistakes()):
            raise ValueError("\n".join(mistakes))
        return self

    def _incomplete(self, purpose: str, prefix: str, parts: tuple[str, ...]) -> Iterator[str]:
        names = [f"{prefix}_{part}" for part in parts]
        given = [getattr(self, name) is not None for name in names]
        if (any(given) or getattr(self, f"{prefix}_id", None)) and not all(given):
            yield f"To {purpose}, set all of {', '.join(map(variable, names))}."

    def _mistakes(self) -> Iterator[str]:
        for mode in ("live", "test"):
            yield from self._incomplete(f"connect accounts in {mode} mode", f"stripe_{mode}", _PARTS_OF_PLATFORM)
            yield from self._incomplete(f"use a Stripe App in {mode} mode", f"stripe_{mode}_app", _PARTS_OF_APP)
        for part, noun in (("app_authorize_link", "link"), ("client_id", "client id")):
            names = [f"stripe_{mode}_{part}" for mode in ("live", "test")]
            live, test = (getattr(self, name) for name in names)
            if live and live == test:
                yield f"{' and '.join(map(variable, names))} must differ: Stripe has one {noun} per mode."
