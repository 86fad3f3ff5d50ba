"""Creates the services from the settings."""

from datetime import timedelta

from adapters.http.client import UnusableNetworkError
from adapters.notifier import Notifier
from adapters.stripe.apps import StripeApps
from adapters.stripe.calls import Observer
from adapters.stripe.connect import StripeConnect
from adapters.stripe.gateway import StripeGateway
from adapters.vault import HOW_TO_MAKE_A_KEY, Vault, WeakKeyError
from adapters.webhooks.sender import WebhookSender
from kit.best_effort import BestEffort
from kit.rate_limiter import RateLimiter
from kit.turns import Turns
from resolvers import secrets, tokens
from resolvers.check_state import CheckState
from resolvers.credentials import refresh, refresh_claim, report
from resolvers.encryption.canary import WrongKeysError, check_keys
from resolvers.events.tail import Tails
from resolvers.kit.batch_loader import BatchLoader
from resolvers.kit.group_commit import GroupCommit
from resolvers.kit.writer_queue import WriterQueue
from resolvers.services import Measures, Services
from settings import STRIPE_ITSELF, Settings, StartupError, variable
from settings.limits import VIEWERS_PER_ORGANIZATION
from startup import development
from startup.database import read_connections
from startup.identity import identity_provider
from startup.stripe_platforms import apps_of, platforms_of
from telemetry.telemetry import Telemetry

_QUERIES_PER_VIEWER = 16
# Those that run together share the results of their events.
_REPLAYS_PER_VIEWER = 8
# A test calls a URL that a user chose, and is in the log.
_WEBHOOK_TESTS_PER_MINUTE = 30


def create_services(settings: Settings, telemetry: Telemetry | None = None) -> Services:
    """Services, to be closed with `aclosing`; raises StartupError."""
    try:
        return _services(settings, telemetry)
    except UnusableNetworkError as error:
        raise StartupError(str(error)) from None


def _services(settings: Settings, telemetry: Telemetry | None) -> Services:
    vault = _open_vault(settings)
    observer = telemetry.observer() if telemetry else Observer()
    timeout = settings.stripe.stripe_timeout_seconds
    stripe = StripeGateway(base=_stripe_base(settings), timeout=timeout, observer=observer)
    redirect_uri = f"{settings.serving.public_address}/stripe/callback"
    notifier = Notifier()
    return Services(
        stripe=stripe,
        connect=StripeConnect(stripe, platforms_of(settings), redirect_uri),
        apps=StripeApps(stripe, apps_of(settings), redirect_uri),
        return_urls=settings.allowed_return_urls,
        stripe_auth_ttl=timedelta(seconds=settings.stripe.stripe_auth_ttl_seconds),
        vault=vault,
        notifier=notifier,
        tails=Tails(notifier),
        queries=Turns(_QUERIES_PER_VIEWER),
        replays=Turns(_REPLAYS_PER_VIEWER),
        reads=Turns(read_connections(settings.database) // 2),  # so that others find one free
        key_rules=settings.stripe,
        key_checks=RateLimiter(settings.limits.key_checks_per_minute),
        organization_key_checks=RateLimiter(settings.limits.key_checks_per_minute * VIEWERS_PER_ORGANIZATION),
        reported_checks=RateLimiter(settings.limits.key_checks_per_minute),
        webhook_tests=RateLimiter(_WEBHOOK_TESTS_PER_MINUTE),
        tokens=BatchLoader(tokens.by_hashes),
        token_uses=BestEffort("record the last use of a token", tokens.LAST_USED_STEP),
        writers=WriterQueue(settings.database.database_timeout_seconds),
        reveals=GroupCommit(secrets.reveal_together),
        reports=GroupCommit(report.check_together, most=report.MOST, delay=report.COLLECTING_SECONDS),
        refreshes=GroupCommit(refresh.refresh_together, most=refresh.MOST),
        waited_for=GroupCommit(refresh.read_together),
        refresh_claims=GroupCommit(refresh_claim.renew_together, most=refresh.MOST),
        identity=identity_provider(settings.identity),
        claim_rules=settings.identity,
        checks=CheckState(timedelta(hours=settings.stripe.verify_interval_hours)),
        webhooks=_webhook_sender(settings),
        measures=telemetry.measures() if telemetry else Measures(),
    )


def _webhook_sender(settings: Settings) -> WebhookSender:
    webhooks = settings.webhooks
    return WebhookSender(
        webhooks.webhook_timeout_seconds, webhooks.webhook_allowed_networks, production=settings.production
    )


def _stripe_base(settings: Settings) -> str | None:
    """The base URL of Stripe's API; None stands for Stripe's own addresses, of which the SDK knows several."""
    base = settings.stripe.stripe_api_base
    if base is None and not settings.production:
        base = f"{settings.serving.address}/sandbox"
    return None if base == STRIPE_ITSELF else base


def _open_vault(settings: Settings) -> Vault:
    keys = settings.database.encryption_keys
    if keys is None and settings.production:
        raise StartupError(f"{variable('encryption_keys')} is required in production. {HOW_TO_MAKE_A_KEY}")
    if keys is None:
        keys = development.encryption_keys(settings.database.data_dir)
    try:
        return Vault.from_text(keys)
    except WeakKeyError as error:
        raise _unusable_keys(error) from None


async def check_encryption_keys(services: Services) -> None:
    """Raises StartupError if the secrets in the open database were encrypted with other keys."""
    try:
        await check_keys(services.vault)
    except WrongKeysError as error:
        raise _unusable_keys(error) from None


def _unusable_keys(error: Exception) -> StartupError:
    return StartupError(f"{variable('encryption_keys')} cannot be used. {error}")
