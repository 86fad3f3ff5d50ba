"""Refusals: expected errors that a client can act on. Their texts are written for users and never hold a secret."""

import math
from collections.abc import Sequence
from enum import StrEnum

from models import Credential, Integration


class Refusal(Exception):  # noqa: N818 - "refusal" is the house's word for these
    """An expected error. Its text can be shown to a user."""


class Unauthenticated(Refusal):
    """The request has no valid token. The text is the same for every cause, so that guessing teaches nothing."""

    def __init__(self) -> None:
        super().__init__("A valid token is required. Send it as 'Authorization: Bearer …'.")


class Forbidden(Refusal):
    """The viewer lacks a scope."""

    def __init__(self, scope: str) -> None:
        super().__init__(f"This requires the scope {scope}.")
        self.required_scope = str(scope)


class IdentityUnavailable(Refusal):
    """The identity provider does not respond, so the token cannot be checked."""

    def __init__(self) -> None:
        super().__init__("The identity provider is unavailable. Try again.")


class RateLimited(Refusal):
    """The caller exceeded a rate limit; nothing was done. `retry_after_seconds` is rounded up to whole seconds."""

    def __init__(self, noun: str, seconds: float) -> None:
        self.retry_after_seconds = math.ceil(seconds)
        super().__init__(f"Too many {noun}. Try again in {self.retry_after_seconds} s.")


class KeyReused(Refusal):
    """The idempotency key was already used with a different request."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was already used with a different request. Use a new key for a new request."
        )


class KeyInUse(Refusal):
    """A request with this idempotency key is still running. It ends soon, or its claim expires."""

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still running. Retry it to get its response.")


class AnswerUnreadable(Refusal):
    """The request with this idempotency key was carried out, but its stored response cannot be decrypted."""

    def __init__(self) -> None:
        super().__init__("This request was already carried out, but its response can no longer be read.")


class EncryptionKeyMissing(Refusal):
    """A secret is sealed with a key that is not configured. The stored secret itself may be sound."""

    def __init__(self) -> None:
        super().__init__(
            "The encryption key for this secret is not configured on this server. Ask the operator to add it."
        )


class InvalidArgument(Refusal):
    """A query's argument is out of range."""


class InvalidCursor(Refusal):
    """The cursor does not belong to this list."""


class InvalidInput(Refusal):
    """A mutation's input is missing, too long or malformed.

    `field` is the name of the use case's parameter, or of a part of the parameter that `within` leads to.
    """

    def __init__(self, field: str, message: str, *, within: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.path = [*within, field]


class NameTaken(Refusal):
    """Another object of the same kind has the name. `noun` includes its article."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"There is already {noun} named “{name}”. Case and invisible characters make no difference.")
        self.name = name


class NotFound(Refusal):
    """The id does not exist in the viewer's organization. `missing_id` is cut, because a client may send any text."""

    def __init__(self, noun: str, id_: str) -> None:
        super().__init__(f"There is no {noun} with this id.")
        self.missing_id = id_[:100]  # longer than any id


class StaleVersion(Refusal):
    """The row has changed since the caller read it."""

    def __init__(self, current: int) -> None:
        super().__init__("This was changed in the meantime. Reload it and try again.")
        self.current_version = current


class CredentialInUse(Refusal):
    """Integrations use the credential. The first of them are listed with their credential, and three are named."""

    def __init__(self, integrations: Sequence[Integration], total_count: int) -> None:
        named = [f"“{integration.name}”" for integration in integrations[:3]]
        if more := total_count - len(named):
            named.append(f"{more} more")
        users = ", ".join(named)
        super().__init__(
            f"This credential is used by {users}. Delete these integrations or change their credential first."
        )
        self.integrations = integrations
        self.total_count = total_count


class CredentialNotConnected(Refusal):
    """An integration cannot use the credential in its current status."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(f"The credential “{credential.name}” cannot be used: it is {credential.status.lower()}.")
        self.credential = credential


class NoPreviousSecret(Refusal):
    """The secret that a credential's secret has replaced was not kept, or not for so long."""

    def __init__(self, credential: Credential) -> None:
        super().__init__(f"Credential “{credential.name}” has no previous secret: none was kept, or its time is over.")
        self.credential = credential


class TooManyWebhookEndpoints(Refusal):
    """The organization has as many webhook endpoints as it can."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"An organization can have at most {limit} webhook endpoints. Delete one first.")
        self.limit = limit


class IntegrationInactive(Refusal):
    """The integration is switched off. `integration` is loaded with its credential."""

    def __init__(self, integration: Integration) -> None:
        super().__init__(f"Integration “{integration.name}” is not active.")
        self.integration = integration


class StripeAuthFailure(StrEnum):
    """The reasons for which a Stripe account is not connected."""

    UNKNOWN_STATE = "UNKNOWN_STATE"
    EXPIRED = "EXPIRED"
    DENIED = "DENIED"
    ALREADY_USED = "ALREADY_USED"
    REJECTED = "REJECTED"
    MODE_MISMATCH = "MODE_MISMATCH"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"


_AUTH_ADVICE = {
    StripeAuthFailure.UNKNOWN_STATE: "This Stripe authorization was not started by you, or is unknown. Start again.",
    StripeAuthFailure.EXPIRED: "This Stripe authorization has expired. Start again.",
    StripeAuthFailure.DENIED: "Access was declined at Stripe. Start again if that was a mistake.",
    StripeAuthFailure.ALREADY_USED: "This Stripe authorization was already used. Start again.",
    StripeAuthFailure.REJECTED: "Stripe did not connect the account. Start again.",
    StripeAuthFailure.MODE_MISMATCH: "Stripe connected the account in a different mode than requested. Start again.",
    # The code must not be sent again: Stripe revokes the access of a code that it sees twice (RFC 6749, 4.1.2).
    StripeAuthFailure.OUTCOME_UNKNOWN: (
        "Stripe did not confirm the connection, so the account may or may not be connected. Start again."
    ),
}


class StripeAuthFailed(Refusal):
    """The Stripe account was not connected. `advice` replaces the reason's own text."""

    def __init__(self, reason: StripeAuthFailure, advice: str | None = None) -> None:
        super().__init__(advice or _AUTH_ADVICE[reason])
        self.reason = reason


class StripeUnavailable(Refusal):
    """Stripe could not be asked; nothing was saved. `retry_after_seconds` is Stripe's Retry-After, if it sent one."""

    def __init__(self, message: str, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
