"""The values of settings: each variable is parsed to its type, and each invalid value gets a one-sentence error."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from kit.secret import Secret
from settings.base import Group
from settings.groups import GROUPS
from tests.support.settings import mistakes, read

_KEYS = "k1:bm90IGEga2V5LCBidXQgaXQgbXVzdCBub3Qgc2hvdw=="
_COMMON = set(Group.model_fields)
_ORIGINS = {"https://app.example.com", "http://127.0.0.1:3000"}


def _value(name: str, text: str) -> object:
    """The value of the variable's field."""
    settings = read(ENV="production", **{name: text})
    (group,) = (title for title, group in GROUPS.items() if name.lower() in set(group.model_fields) - _COMMON)
    return getattr(getattr(settings, group), name.lower())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HOST", "192.0.2.1", "192.0.2.1"),
        ("HOST", "[::1]", "::1"),
        ("HOST", "0:0:0:0:0:0:0:0", "::"),
        ("HOST", "Node-1.example.com", "node-1.example.com"),
        ("HOST", "drawbridge_1", "drawbridge_1"),
        ("PUBLIC_URL", "https://api.example.com:8443/drawbridge/", "https://api.example.com:8443/drawbridge"),
        ("PUBLIC_URL", "http://[2001:db8::1]", "http://[2001:db8::1]"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("DATA_DIR", "/var/lib/drawbridge", Path("/var/lib/drawbridge")),
        ("DATABASE_URL", "sqlite:///here.sqlite3", Secret("sqlite:///here.sqlite3")),
        ("DATABASE_URL", " postgres://u:p@h:1/d?sslmode=require\n", Secret("postgres://u:p@h:1/d?sslmode=require")),
        ("DATABASE_TIMEOUT_SECONDS", "0.5", 0.5),
        ("DATABASE_CONNECTIONS", "2", 2),
        ("ENCRYPTION_KEYS", _KEYS, Secret(_KEYS)),
        ("MAX_COST", "100", 100),
        ("CLIENT_TIMEOUT_SECONDS", "15", 15),
        ("INTROSPECTION", "nobody", "nobody"),
        ("STRIPE_API_BASE", "https://stripe.example/base/", "https://stripe.example/base"),
        ("STRIPE_TIMEOUT_SECONDS", "2.5", 2.5),
        ("STRIPE_REQUIRED_PERMISSIONS", "plan_read, customer_write,plan_read", ("plan_read", "customer_write")),
        ("KEY_POLICY", "restricted", "restricted"),
        ("ALLOWED_HOSTS", "a.example.com, [2001:DB8::1],192.0.2.1", {"a.example.com", "2001:db8::1", "192.0.2.1"}),
        ("ALLOWED_ORIGINS", "https://app.example.com,http://127.0.0.1:3000", _ORIGINS),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1", tuple(map(ip_network, ("127.0.0.1", "10.0.0.0/8", "::1")))),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.20.0.0/16", (ip_network("10.20.0.0/16"),)),
        ("WEBHOOK_TIMEOUT_SECONDS", "0.5", 0.5),
        ("FAILED_AUTHENTICATIONS_PER_MINUTE", "1", 1),
        ("KEY_CHECKS_PER_MINUTE", "100000", 100_000),
        ("IDENTITY_JWKS_URL", "https://login.example.com/keys/?x", "https://login.example.com/keys/?x"),
        ("IDENTITY_ALGORITHMS", "ES256, EdDSA", ("ES256", "EdDSA")),
        ("IDENTITY_CREATE_ORGANIZATIONS", "yes", True),
        ("IDENTITY_CREATE_ORGANIZATIONS", "true", True),
        ("CONSOLE", "no", False),
        ("IDENTITY_SCOPES", "a=b=READ+CONFIGURE,", {"a=b": {"READ", "CONFIGURE"}}),
    ],
)
def test_each_variable_is_read(name: str, text: str, value: object) -> None:
    assert _value(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ENV", "staging"),
        ("ENV", "Production"),
        ("HOST", "hunter2:8000"),
        ("HOST", "hunter2 "),
        ("HOST", "http://hunter2"),
        ("HOST", "hunter2..example"),
        ("HOST", "-hunter2"),
        ("HOST", "hunter2/24"),
        ("HOST", "ünter"),
        ("HOST", "h" * 64),
        ("HOST", "1.2.3"),
        ("HOST", "256.0.0.1"),
        ("HOST", "[::1"),
        ("HOST", "[127.0.0.1]"),
        ("HOST", "[[::1]]"),
        ("HOST", "::1%lo"),
        ("HOST", ":::"),
        ("PUBLIC_URL", "hunter2.example"),
        ("PUBLIC_URL", "https://me:hunter2@example.com"),
        ("PUBLIC_URL", "https://@example.com"),
        ("PUBLIC_URL", "https://example.com/?hunter2"),
        ("PUBLIC_URL", "https://example.com?"),
        ("PUBLIC_URL", "https://example.com/#hunter2"),
        ("PUBLIC_URL", "https://example.com/hunter2 x"),
        ("PUBLIC_URL", " https://hunter2.example"),
        ("PUBLIC_URL", "https://hunter2.example\n"),
        ("PUBLIC_URL", "https://hunter2.example\t/x"),
        ("PUBLIC_URL", "https://hunter2 .example"),
        ("PUBLIC_URL", "https://hünter2.example"),
        ("PUBLIC_URL", "https://hunter2..example"),
        ("PUBLIC_URL", "https://hunter2:"),
        ("PUBLIC_URL", "https://hunter2:0"),
        ("PUBLIC_URL", "https://hunter2:port"),
        ("PUBLIC_URL", "https://[hunter2"),
        ("PUBLIC_URL", "https://[hunter2]"),
        ("PUBLIC_URL", "https://[::1%25lo]"),
        ("PUBLIC_URL", "https://\\hunter2"),
        ("PUBLIC_URL", "javascript:hunter2"),
        ("PORT", "http"),
        ("PORT", "8000.5"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "9" * 5000),
        ("DATABASE_URL", "mysql://user:hunter2@db.example/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example/"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example:0/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example:port/drawbridge"),
        ("DATABASE_URL", "postgres://user:hunter2@db.example/drawbridge#part"),
        ("DATABASE_TIMEOUT_SECONDS", "0.4"),
        ("DATABASE_CONNECTIONS", "1"),
        ("WORKERS", "0"),
        ("DATABASE_URL", "sqlite://host/hunter2"),
        ("DATABASE_URL", "sqlite:hunter2"),
        ("DATABASE_URL", "hunter2.sqlite3"),
        ("DATABASE_URL", "sqlite:///hunter2?mode=ro"),
        ("DATABASE_URL", "sqlite:///hunter2#part"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:////"),
        ("DATABASE_URL", "sqlite:///hunter2%00"),
        ("DATABASE_URL", "postgres://[hunter2/drawbridge"),
        ("MAX_TOKENS", "2001"),
        ("MAX_BODY_BYTES", "1MiB"),
        ("CLIENT_TIMEOUT_SECONDS", "16"),
        ("INTROSPECTION", "hunter2"),
        ("STRIPE_API_BASE", "hunter2.example"),
        ("STRIPE_API_BASE", "ftp://hunter2.example"),
        ("STRIPE_API_BASE", "https://"),
        ("STRIPE_API_BASE", "http://[hunter2"),
        ("STRIPE_API_BASE", "http://hunter2.example:99999"),
        ("STRIPE_TIMEOUT_SECONDS", "soon"),
        ("STRIPE_TIMEOUT_SECONDS", "0"),
        ("STRIPE_TIMEOUT_SECONDS", "-1"),
        ("STRIPE_TIMEOUT_SECONDS", "61"),
        ("STRIPE_TIMEOUT_SECONDS", "nan"),
        ("STRIPE_TIMEOUT_SECONDS", "inf"),
        ("STRIPE_REQUIRED_PERMISSIONS", "rk_test_hunter2"),
        ("STRIPE_REQUIRED_PERMISSIONS", "customer_read,hunter2_read"),
        ("STRIPE_REQUIRED_PERMISSIONS", "customer_read hunter2"),
        ("STRIPE_REQUIRED_PERMISSIONS", "customers_read"),
        ("STRIPE_REQUIRED_PERMISSIONS", "rak_customer_read"),
        ("KEY_POLICY", "Restricted"),
        ("KEY_POLICY", "hunter2"),
        ("ALLOWED_HOSTS", "https://hunter2.example"),
        ("ALLOWED_HOSTS", "hunter2.example:8000"),
        ("ALLOWED_HOSTS", "*.hunter2.example"),
        ("ALLOWED_HOSTS", "example.com,hunter2 example.com"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "null"),
        ("ALLOWED_ORIGINS", "hunter2.example"),
        ("ALLOWED_ORIGINS", "https://hunter2.example/"),
        ("ALLOWED_ORIGINS", "https://hunter2.example:443"),
        ("ALLOWED_ORIGINS", "https://Hunter2.example"),
        ("ALLOWED_ORIGINS", "https://me@hunter2.example"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "hunter2.example"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("FAILED_AUTHENTICATIONS_PER_MINUTE", "0"),
        ("KEY_CHECKS_PER_MINUTE", "0"),
        ("IDENTITY_ISSUER", "http://hunter2.example"),
        ("IDENTITY_ISSUER", "hunter2"),
        ("IDENTITY_ISSUER", "https:///hunter2"),
        ("IDENTITY_ISSUER", "https://hunter2.example/a b"),
        ("IDENTITY_ISSUER", "https://me:hunter2@example.com"),
        ("IDENTITY_ISSUER", "https://hunter2.example/?x"),
        ("IDENTITY_JWKS_URL", "https://me:hunter2@example.com"),
        ("IDENTITY_JWKS_URL", "file:///hunter2"),
        ("IDENTITY_ALGORITHMS", "none"),
        ("IDENTITY_ALGORITHMS", "RS256,HS256"),
        ("IDENTITY_ALGORITHMS", ","),
        ("IDENTITY_LEEWAY_SECONDS", "61"),
        ("IDENTITY_CREATE_ORGANIZATIONS", "maybe"),
        ("LOG_FORMAT", "hunter2"),
        ("METRICS_TOKEN", "hunter2"),
        ("STRIPE_LIVE_SECRET_KEY", "sk_test_hunter2"),
        ("STRIPE_LIVE_SECRET_KEY", "pk_live_hunter2"),
        ("STRIPE_TEST_SECRET_KEY", "rk_live_hunter2"),
        ("STRIPE_TEST_SECRET_KEY", "hunter2"),
        ("STRIPE_LIVE_CLIENT_ID", "hunter2"),
        ("STRIPE_LIVE_WEBHOOK_SECRET", "hunter2"),
        ("STRIPE_TEST_WEBHOOK_SECRET", "sk_test_hunter2"),
        ("STRIPE_AUTH_TTL_SECONDS", "0"),
        ("RETURN_URLS", "hunter2.example/x"),
        ("RETURN_URLS", "https://hunter2.example"),
        ("RETURN_URLS", "https://app.example.com/x,https://hunter2.example/x?y"),
        ("RETURN_URLS", "https://hunter2.example/x#y"),
        ("RETURN_URLS", "https://me:hunter2@example.com/x"),
        ("IDENTITY_SCOPES", "hunter2=ADMIN"),
        ("IDENTITY_SCOPES", "hunter2"),
        ("IDENTITY_SCOPES", "=READ"),
        ("IDENTITY_SCOPES", "hunter2=READ,hunter2=CONFIGURE"),
    ],
)
def test_an_unusable_value_gets_a_line_that_names_the_variable_and_not_the_value(name: str, text: str) -> None:
    sentence = mistakes(**{name: text})
    assert sentence.startswith(f"DRAWBRIDGE_{name} must be ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "hunter2" not in sentence
    assert len(sentence) < 300


_PLATFORM = {"SECRET_KEY": "sk_test_51-Sandbox", "CLIENT_ID": "ca_Sandbox", "WEBHOOK_SECRET": "whsec_c2FuZGJveA=="}


@pytest.mark.parametrize(
    "pasted", ["'{}'", '"{}"\n', "\ufeff{}", "{}\u200b", "STRIPE_X={}", "export STRIPE_X='{}'", " {} "]
)
def test_secrets_of_stripe_are_cleaned_of_what_pasting_adds(pasted: str) -> None:
    given = {f"STRIPE_TEST_{name}": pasted.format(value) for name, value in _PLATFORM.items()}
    assert read(**given).stripe.platform(livemode=False) == (
        Secret(_PLATFORM["SECRET_KEY"]),
        _PLATFORM["CLIENT_ID"],
        Secret(_PLATFORM["WEBHOOK_SECRET"]),
    )


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("whsec_hunter2", "a webhook secret"),
        ("absec_hunter2", "an app secret"),
        ("rt_hunter2", "a refresh token"),
        ("ac_hunter2", "an authorization code"),
        ("pk_live_hunter2", "a publishable key"),
        ("sk_org_live_hunter2", "an organization key"),
        ("sk_live_hunter2…4242", "a masked key"),
        ("'sk_test_hunter2'", "a key of test mode"),
    ],
)
def test_a_value_in_the_place_of_a_secret_key_is_named(value: str, what: str) -> None:
    sentence = mistakes(STRIPE_LIVE_SECRET_KEY=value)
    assert sentence.startswith("DRAWBRIDGE_STRIPE_LIVE_SECRET_KEY must be a secret key of live mode")
    assert sentence.endswith(f". It is {what}.")
    assert "hunter2" not in sentence


def test_an_unknown_permission_is_named() -> None:
    sentence = mistakes(STRIPE_REQUIRED_PERMISSIONS="customer_read,customers_read,plan_read")
    assert sentence.endswith("lists them. customers_read is not one of them.")
