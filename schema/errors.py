"""The error types of mutations, and the handlers that convert refusals into them."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

import models
from resolvers import refusals
from resolvers.key_refusals import InvalidSecretKey
from resolvers.refusals import Refusal
from schema import enums
from schema.execution.instrumentation import note_refusal
from schema.interfaces import Error
from schema.types.integration import Credential, Integration


@strawberry.type(description="An input field is missing, too long or malformed.")
class InvalidInputError(Error):
    field: str = strawberry.field(description="The name of the input field, such as 'name' or 'secretKey'.")
    path: list[str] = strawberry.field(
        description="The path from the input to the field, such as ['target', 'newCredential', 'name']."
    )


@strawberry.type(description="The secret key was not accepted. Nothing was saved.")
class InvalidSecretKeyError(Error):
    reason: enums.InvalidSecretKeyReason = strawberry.field(description="Why the key was not accepted.")


@strawberry.type(description="The name is already in use.")
class NameTakenError(Error):
    name: str = strawberry.field(description="The name that is in use.")


@strawberry.type(description="Not found in the viewer's organization.")
class NotFoundError(Error):
    missing_id: strawberry.ID = strawberry.field(description="The requested id, or its first 100 characters.")


@strawberry.type(description="The given expectedVersion is not the current version.")
class StaleVersionError(Error):
    current_version: int = strawberry.field(description="The current version.")


@strawberry.type(description="The credential cannot be deleted while integrations use it.")
class CredentialInUseError(Error):
    integrations: list[Integration] = strawberry.field(
        description="The first ten integrations that use the credential, oldest first."
    )
    total_count: int = strawberry.field(description="The number of all integrations that use the credential.")


@strawberry.type(description="The credential is incomplete or disconnected, so no integration can use it.")
class CredentialNotConnectedError(Error):
    credential: Credential = strawberry.field(description="The credential, with its status and problem.")


@strawberry.type(description="The credential has no previous secret: none was kept, or its time is over.")
class NoPreviousSecretError(Error):
    credential: Credential = strawberry.field(description="The credential.")


@strawberry.type(description="The organization has as many webhook endpoints as it can.")
class TooManyWebhookEndpointsError(Error):
    limit: int = strawberry.field(description="The number of webhook endpoints that an organization can have.")


@strawberry.type(description="The integration is deactivated, so its secret cannot be revealed.")
class IntegrationInactiveError(Error):
    integration: Integration = strawberry.field(description="The deactivated integration.")


@strawberry.type(description="The Stripe account was not connected.")
class StripeAuthError(Error):
    reason: enums.StripeAuthFailure = strawberry.field(description="Why the account was not connected.")


@strawberry.type(
    description="Stripe could not be asked, or its answer decides nothing. Nothing was saved. The message says why, "
    "and whether to try again, start over or ask the operator."
)
class StripeUnavailableError(Error):
    retry_after_seconds: int | None = strawberry.field(
        description="The number of seconds to wait before a retry; null if Stripe gave none."
    )


class _Handler:
    """Converts one type of refusal into its union member, whose fields are the refusal's attributes."""

    def __init__(self, exception_type: type[Refusal], error_type: type[Error]) -> None:
        self.exception_type = exception_type
        self.error_type = error_type

    def handle(self, exception: Refusal, *, field: StrawberryField, info: object) -> Error:  # noqa: ARG002 - Strawberry's signature
        note_refusal(self.error_type.__name__)
        fields = {name: _for_clients(value) for name, value in vars(exception).items()}
        if isinstance(exception, refusals.InvalidInput):
            fields["path"] = [to_camel_case(name) for name in exception.path]
            fields["field"] = fields["path"][-1]
        return self.error_type(message=str(exception), **fields)


def _for_clients(value: Any) -> Any:  # noqa: ANN401 - a refusal's attribute may be anything
    """A refusal's attribute, with models converted into GraphQL types."""
    if isinstance(value, models.Credential):
        return Credential.of(value)
    if isinstance(value, models.Integration):
        return Integration.of(value)
    return [_for_clients(item) for item in value] if isinstance(value, list) else value


HANDLERS = (
    _Handler(refusals.InvalidInput, InvalidInputError),
    _Handler(InvalidSecretKey, InvalidSecretKeyError),
    _Handler(refusals.NameTaken, NameTakenError),
    _Handler(refusals.NotFound, NotFoundError),
    _Handler(refusals.StaleVersion, StaleVersionError),
    _Handler(refusals.CredentialInUse, CredentialInUseError),
    _Handler(refusals.CredentialNotConnected, CredentialNotConnectedError),
    _Handler(refusals.NoPreviousSecret, NoPreviousSecretError),
    _Handler(refusals.TooManyWebhookEndpoints, TooManyWebhookEndpointsError),
    _Handler(refusals.IntegrationInactive, IntegrationInactiveError),
    _Handler(refusals.StripeAuthFailed, StripeAuthError),
    _Handler(refusals.StripeUnavailable, StripeUnavailableError),
)
