"""Refusals: expected noes. Their texts are fit to show a person and never hold a secret."""

import math
from collections.abc import Sequence
from enum import StrEnum

from models import Credential, Integration


class Refusal(Exception):  # noqa: N818 - "refusal" is the house's word for these
    """An expected no."""


class Unauthenticated(Refusal):
    """Nobody is asking, or nobody that is known."""

    def __init__(self) -> None:
        """One text for every cause: a guesser learns nothing."""
        super().__init__("A valid token is needed: send it as 'Authorization: Bearer …'.")


class Forbidden(Refusal):
    """The viewer lacks a scope."""

    def __init__(self, scope: str) -> None:
        """Takes the scope's name."""
        super().__init__(f"This needs the scope {scope}.")


class IdentityUnavailable(Refusal):
    """Who is asking cannot be found out now."""

    def __init__(self) -> None:
        """It says nothing of the token."""
        super().__init__("The identity provider does not answer. Try again.")


class RateLimited(Refusal):
    """Something was asked for too often; nothing was done. `retry_after_seconds`: whole seconds, rounded up."""

    def __init__(self, what: str, seconds: float) -> None:
        """Takes what there was too much of, and the time until there may be more of it."""
        self.retry_after_seconds = math.ceil(seconds)
        super().__init__(f"Too many {what}. Try again in {self.retry_after_seconds} s.")


class BadSignature(Refusal):
    """A message that pretends to come from Stripe."""


class KeyReused(Refusal):
    """An idempotency key that came with another request before."""

    def __init__(self) -> None:
        """Nothing has been done."""
        super().__init__("This Idempotency-Key came with another request before. Use a new key for a new request.")


class KeyInUse(Refusal):
    """A request with this idempotency key is under way."""

    def __init__(self) -> None:
        """It ends soon, or is given up for lost."""
        super().__init__("A request with this Idempotency-Key is under way. Send it again to get its answer.")


class AnswerUnreadable(Refusal):
    """The answer of an earlier request with this idempotency key was kept, but does not open."""

    def __init__(self) -> None:
        """What was asked for has been done."""
        super().__init__("This request has been carried out before; its answer can no longer be read.")


class EncryptionKeyMissing(Refusal):
    """A secret is sealed with a key that this server was not given."""

    def __init__(self) -> None:
        """What is stored is sound, as far as this server can tell."""
        super().__init__("This server lacks the encryption key of this secret. Its operator has to give it the key.")


class InvalidArgument(Refusal):
    """An argument of a query is out of its range."""


class InvalidCursor(Refusal):
    """A cursor that names no place to go on from."""


class InvalidInput(Refusal):
    """An input of a mutation is missing, too long or malformed. `field` is its name, as the use case calls it."""

    def __init__(self, field: str, message: str) -> None:
        """Takes the input's name and what is wrong with it."""
        super().__init__(message)
        self.field = field


class InvalidSecretKeyReason(StrEnum):
    """Why a secret key was not taken."""

    MALFORMED = "MALFORMED"
    PUBLISHABLE_KEY = "PUBLISHABLE_KEY"
    ORGANIZATION_KEY = "ORGANIZATION_KEY"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    ACCOUNT_CHANGED = "ACCOUNT_CHANGED"
    IP_NOT_ALLOWED = "IP_NOT_ALLOWED"


_KEY_ADVICE = {
    InvalidSecretKeyReason.MALFORMED: (
        "This is not a Stripe secret key. One begins with sk_live_, sk_test_, rk_live_ or rk_test_."
    ),
    InvalidSecretKeyReason.PUBLISHABLE_KEY: (
        "This is a publishable key. Use the secret key, which begins with sk_ or rk_."
    ),
    InvalidSecretKeyReason.ORGANIZATION_KEY: "This is an organization key. Use a secret key of one Stripe account.",
    InvalidSecretKeyReason.REJECTED: (
        "Stripe does not accept this secret key. Look it up in Stripe's dashboard: it is mistyped, or was revoked."
    ),
    InvalidSecretKeyReason.EXPIRED: "This secret key has expired. Use the key that replaced it in Stripe's dashboard.",
    InvalidSecretKeyReason.ACCOUNT_CHANGED: (
        "This secret key belongs to another Stripe account or mode than the one it would replace."
    ),
    InvalidSecretKeyReason.IP_NOT_ALLOWED: (
        "Stripe does not take this secret key from this server's IP address. Allow the address in Stripe's dashboard."
    ),
}


class InvalidSecretKey(Refusal):
    """A secret key that was not taken; nothing was saved."""

    def __init__(self, reason: InvalidSecretKeyReason) -> None:
        """Takes the reason, from which the text follows."""
        super().__init__(_KEY_ADVICE[reason])
        self.reason = reason


class NameTaken(Refusal):
    """Another one of the same noun has the name."""

    def __init__(self, noun: str, name: str) -> None:
        """Takes what was to be named, and the name."""
        super().__init__(f"There is already {noun} named “{name}”.")
        self.name = name


class NotFound(Refusal):
    """No such thing in the viewer's organization."""

    def __init__(self, noun: str, id_: str) -> None:
        """Takes what was looked for, and the id as it was given."""
        super().__init__(f"There is no {noun} with this id.")
        self.id = id_


class StaleVersion(Refusal):
    """The row has changed since the caller read it."""

    def __init__(self, current: int) -> None:
        """Takes the version that it has now."""
        super().__init__("Somebody else has changed this in the meantime. Look at it again, then decide.")
        self.current_version = current


class CredentialInUse(Refusal):
    """The credential cannot go while integrations use it."""

    def __init__(self, integrations: Sequence[Integration]) -> None:
        """Takes the integrations, loaded with their credential."""
        names = ", ".join(f"“{integration.name}”" for integration in integrations)
        super().__init__(f"This credential is used by {names}. Delete or change what uses it first.")
        self.integrations = integrations


class CredentialNotConnected(Refusal):
    """The credential cannot serve an integration as it is."""

    def __init__(self, credential: Credential) -> None:
        """Takes the credential."""
        super().__init__(f"The credential “{credential.name}” cannot be used: it is {credential.status.lower()}.")
        self.credential = credential


class IntegrationInactive(Refusal):
    """The integration is switched off."""

    def __init__(self, integration: Integration) -> None:
        """Takes the integration, loaded with its credential."""
        super().__init__(f"Integration “{integration.name}” is not active.")
        self.integration = integration


class StripeAuthFailure(StrEnum):
    """Why an account was not connected."""

    UNKNOWN_STATE = "UNKNOWN_STATE"
    EXPIRED = "EXPIRED"
    DENIED = "DENIED"
    ALREADY_USED = "ALREADY_USED"
    REJECTED = "REJECTED"
    MODE_MISMATCH = "MODE_MISMATCH"


_AUTH_ADVICE = {
    StripeAuthFailure.UNKNOWN_STATE: "This return from Stripe belongs to nothing that you have begun. Begin again.",
    StripeAuthFailure.EXPIRED: "The time to approve access at Stripe is over. Begin again.",
    StripeAuthFailure.DENIED: "Access was declined at Stripe. Begin again if that was a mistake.",
    StripeAuthFailure.ALREADY_USED: "This return from Stripe has been used already. Begin again.",
    StripeAuthFailure.REJECTED: "Stripe did not connect the account. Begin again.",
    StripeAuthFailure.MODE_MISMATCH: "Stripe connected the account in another mode than was asked for. Begin again.",
}


class StripeAuthFailed(Refusal):
    """No account was connected."""

    def __init__(self, reason: StripeAuthFailure, advice: str | None = None) -> None:
        """Takes the reason, from which the text follows, unless there is better advice."""
        super().__init__(advice or _AUTH_ADVICE[reason])
        self.reason = reason


class StripeUnavailable(Refusal):
    """Stripe gave no answer; nothing was saved. `retry_after_seconds` is Stripe's advice, if it gave any."""

    def __init__(self, retry_after_seconds: int | None) -> None:
        """Takes Stripe's Retry-After, from which the text follows."""
        limited = f"Stripe is limiting requests. Nothing was saved: try again in {retry_after_seconds} seconds."
        away = "Stripe could not be reached. Nothing was saved: try again."
        super().__init__(away if retry_after_seconds is None else limited)
        self.retry_after_seconds = retry_after_seconds


class StripeOutcomeUnknown(Refusal):
    """Stripe may have connected the account and did not say so. The same code must not be sent again."""

    def __init__(self) -> None:
        """There is no use in waiting: another attempt is needed."""
        super().__init__("Stripe did not answer: it is not known whether the account was connected. Begin again.")
        self.retry_after_seconds = None
