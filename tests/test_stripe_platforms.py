"""The settings of Stripe Connect and of Stripe Apps: a mode needs all or none, and keys of the same mode."""

from dataclasses import replace
from pathlib import Path

import pytest

from settings import SettingError
from startup.services import create_services
from startup.stripe_platforms import apps_of, platforms_of
from tests.support.apps import app_settings
from tests.support.oauth import begin, connect
from tests.support.organizations import new_tenant
from tests.support.ports import own_port
from tests.support.servers import environment, run_program, running_server
from tests.support.settings import read_settings

pytestmark = pytest.mark.usefixtures("engine")

KEY = "k1:" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
LIVE = {
    "DRAWBRIDGE_STRIPE_LIVE_SECRET_KEY": "sk_live_platform1",
    "DRAWBRIDGE_STRIPE_LIVE_CLIENT_ID": "ca_live",
    "DRAWBRIDGE_STRIPE_LIVE_WEBHOOK_SECRET": "whsec_1",
}
APP = {
    "DRAWBRIDGE_STRIPE_LIVE_APP_AUTHORIZE_LINK": "https://marketplace.stripe.com/oauth/v2/chnlink_1/authorize?client_id=ca_1",
    "DRAWBRIDGE_STRIPE_LIVE_APP_SECRET_KEY": "sk_live_developer1",
    "DRAWBRIDGE_STRIPE_LIVE_APP_WEBHOOK_SECRET": "whsec_2",
}
PRODUCTION = {
    "DRAWBRIDGE_ENV": "production",
    "DRAWBRIDGE_ENCRYPTION_KEYS": KEY,
    "DRAWBRIDGE_PUBLIC_URL": "https://drawbridge.example.com",
    "DRAWBRIDGE_RETURN_URLS": "https://app.example.com/stripe",
}


def test_production_has_what_is_set_up_and_no_more() -> None:
    assert platforms_of(read_settings(PRODUCTION)) == {}
    platforms = platforms_of(read_settings(PRODUCTION | LIVE))
    assert [(livemode, platform.client_id) for livemode, platform in platforms.items()] == [(True, "ca_live")]


def test_development_has_the_sandboxs_where_nothing_is_set_up() -> None:
    platforms = platforms_of(read_settings(LIVE))
    assert {platform.client_id for platform in platforms.values()} == {"ca_live", "ca_SandboxTest"}


@pytest.mark.parametrize("missing", LIVE)
def test_a_mode_needs_all_three(missing: str) -> None:
    given = {name: value for name, value in LIVE.items() if name != missing}
    with pytest.raises(SettingError, match=missing):
        platforms_of(read_settings(PRODUCTION | given))


@pytest.mark.slow
@pytest.mark.parametrize("key", ["sk_test_platform1", "rk_live_platform1", "pk_live_1", "nonsense"])
def test_a_key_that_cannot_exchange_codes_stops_the_start_with_a_sentence(tmp_path: Path, key: str) -> None:
    given = {name.removeprefix("DRAWBRIDGE_"): value for name, value in LIVE.items()} | {"STRIPE_LIVE_SECRET_KEY": key}
    done = run_program("server.py", env=environment(tmp_path, **given))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("DRAWBRIDGE_STRIPE_LIVE_SECRET_KEY must be a secret key of live mode")
    assert key not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("mode", ["LIVE", "TEST"])
def test_a_restricted_key_is_refused_with_the_reason(mode: str) -> None:
    name = f"DRAWBRIDGE_STRIPE_{mode}_SECRET_KEY"
    with pytest.raises(SettingError, match=f"^{name} must be .*Stripe does not let restricted keys exchange codes"):
        read_settings({name: f"rk_{mode.lower()}_platform1"})


@pytest.mark.parametrize("secret", ["1", "whsec_", "sk_live_1", "whsec_a b", "whsec_é", "whsec_1\nx", "absec_1"])
@pytest.mark.parametrize("mode", ["LIVE", "TEST"])
def test_a_webhook_secret_that_is_none_is_refused(mode: str, secret: str) -> None:
    name = f"DRAWBRIDGE_STRIPE_{mode}_WEBHOOK_SECRET"
    with pytest.raises(SettingError) as caught:
        read_settings(PRODUCTION | LIVE | {name: secret})
    assert f"{name} must be a signing secret of Stripe: whsec_…" in str(caught.value)
    assert secret not in str(caught.value).replace("whsec_…", "") or len(secret) < 7


@pytest.mark.parametrize("missing", ["DRAWBRIDGE_PUBLIC_URL", "DRAWBRIDGE_RETURN_URLS"])
def test_production_needs_to_know_where_it_is_and_where_users_return_to(missing: str) -> None:
    given = {name: value for name, value in (PRODUCTION | LIVE).items() if name != missing}
    with pytest.raises(SettingError, match=missing):
        platforms_of(read_settings(given | {"DRAWBRIDGE_CONSOLE": "no"}))


def test_users_may_return_to_the_console_of_production() -> None:
    settings = read_settings(PRODUCTION | LIVE)
    assert settings.allowed_return_urls == settings.stripe.return_urls | {f"{settings.serving.public_url}/console/"}


@pytest.mark.parametrize("name", ["DRAWBRIDGE_PUBLIC_URL", "DRAWBRIDGE_RETURN_URLS"])
def test_codes_do_not_travel_in_clear_in_production(name: str) -> None:
    with pytest.raises(SettingError, match="https"):
        platforms_of(read_settings(PRODUCTION | LIVE | {name: "http://app.example.com/x"}))


def test_line_breaks_of_mounted_files_do_not_matter() -> None:
    mounted = {name: f"{value}\n" for name, value in LIVE.items()}
    assert platforms_of(read_settings(PRODUCTION | mounted)) == platforms_of(read_settings(PRODUCTION | LIVE))


def test_stripe_itself_knows_nothing_of_the_sandboxs_platforms() -> None:
    assert platforms_of(read_settings({"DRAWBRIDGE_STRIPE_API_BASE": "https://api.stripe.com"})) == {}


def test_one_client_id_cannot_be_of_both_modes() -> None:
    both = LIVE | {name.replace("LIVE", "TEST"): value.replace("live_", "test_") for name, value in LIVE.items()}
    both["DRAWBRIDGE_STRIPE_TEST_CLIENT_ID"] = "ca_live"
    with pytest.raises(SettingError, match="client id"):
        platforms_of(read_settings(PRODUCTION | both))


async def test_stripe_itself_can_be_asked_for_in_development(tmp_path: Path) -> None:
    given = {"DRAWBRIDGE_STRIPE_API_BASE": "https://api.stripe.com", "DRAWBRIDGE_DATA_DIR": str(tmp_path)}
    services = create_services(read_settings(given | LIVE))
    client = services.stripe.client(services.connect._platforms[True].secret_key)  # noqa: SLF001 - shows the address without calling it
    assert client.oauth.authorize_url({"client_id": "ca_x"}).startswith("https://connect.stripe.com/oauth/authorize")
    await services.stripe.close()


@pytest.mark.slow
async def test_a_mode_that_is_not_set_up_is_not_offered(tmp_path: Path) -> None:
    given = {name.removeprefix("DRAWBRIDGE_"): value for name, value in (LIVE | PRODUCTION).items()}
    env = environment(tmp_path, **given)
    assert run_program("cli.py", "migrate", env=env).returncode == 0
    with running_server(tmp_path, **given) as server:
        client = (await new_tenant(server)).client
        document = "{ availableIntegrations { destinations { destination authenticationMethods } } }"
        (entry,) = (await client.execute(document))["availableIntegrations"]
        assert entry["destinations"] == [
            {"destination": "STRIPE", "authenticationMethods": ["SECRET_KEY", "OAUTH"]},
            {"destination": "STRIPE_TEST_MODE", "authenticationMethods": ["SECRET_KEY"]},
        ]
        allowed = {"returnUrl": "https://app.example.com/stripe"}
        refused = await begin(client, destination="STRIPE_TEST_MODE", **allowed)
        assert (refused["__typename"], refused["field"]) == ("InvalidInputError", "destination")
        begun = await begin(client, destination="STRIPE", **allowed)
        assert begun["authorizationUrl"].startswith("https://connect.stripe.com/oauth/authorize?")


def test_an_app_is_set_up_beside_connect_and_its_id_may_be_missing() -> None:
    settings = read_settings(PRODUCTION | LIVE | APP)
    (app,) = apps_of(settings).values()
    assert (app.authorize_link, app.app_id) == (APP["DRAWBRIDGE_STRIPE_LIVE_APP_AUTHORIZE_LINK"], None)
    assert set(platforms_of(settings)) == set(apps_of(settings)) == {True}
    with_id = read_settings(PRODUCTION | APP | {"DRAWBRIDGE_STRIPE_LIVE_APP_ID": "app_1"})
    assert [app.app_id for app in apps_of(with_id).values()] == ["app_1"]


@pytest.mark.parametrize(("given", "modes"), [({}, {True, False}), (LIVE, {False}), (LIVE | APP, {True, False})])
def test_development_has_the_sandboxs_app_where_connect_alone_is_not_set_up(
    given: dict[str, str], modes: set[bool]
) -> None:
    apps = apps_of(read_settings(given))
    assert set(apps) == modes
    assert apps[False].authorize_link.startswith("http://127.0.0.1:8000/sandbox/oauth/v2/chnlink_SandboxTest/")
    of_another = read_settings({**given, "DRAWBRIDGE_STRIPE_API_BASE": "http://stripe.example/sandbox"})
    assert apps_of(of_another)[False].authorize_link.startswith("http://stripe.example/sandbox/oauth/v2/")
    assert apps_of(read_settings({"DRAWBRIDGE_STRIPE_API_BASE": "https://api.stripe.com"})) == {}


@pytest.mark.parametrize("missing", APP)
def test_an_app_needs_all_three(missing: str) -> None:
    given = {name: value for name, value in APP.items() if name != missing}
    with pytest.raises(SettingError, match=f"To use a Stripe App in live mode, set all of .*{missing}"):
        read_settings(PRODUCTION | given)
    with pytest.raises(SettingError, match=missing):
        read_settings({"DRAWBRIDGE_STRIPE_LIVE_APP_ID": "app_1"})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "sk_test_developer1", "must be a secret key of live mode.* It is a key of test mode"),
        ("SECRET_KEY", "rk_live_developer1", "must be a secret key of live mode.* It is a restricted key"),
        ("WEBHOOK_SECRET", "absec_1", "must be a signing secret of Stripe"),
        ("ID", "com.example.app", "must be the id of a Stripe App: app_…"),
        ("AUTHORIZE_LINK", "https://marketplace.stripe.com/oauth/v2/authorize", "the whole link"),
        ("AUTHORIZE_LINK", "http://marketplace.stripe.com/oauth/v2/authorize?client_id=ca_1", "an https URL"),
    ],
)
def test_a_value_of_an_app_that_cannot_work_is_refused_with_a_sentence(name: str, value: str, sentence: str) -> None:
    variable = f"DRAWBRIDGE_STRIPE_LIVE_APP_{name}"
    with pytest.raises(SettingError, match=f"^{variable} .*{sentence}") as caught:
        read_settings(PRODUCTION | APP | {variable: value})
    assert value not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"SECRET_KEY": "sk_test_developer1"},
            "must be a secret key of live mode",
        ),
        ({"SECRET_KEY": "rk_live_developer1"}, "It is a restricted key"),
        ({"WEBHOOK_SECRET": ""}, "To use a Stripe App in live mode, set all of"),
    ],
    ids=str,
)
def test_an_app_that_cannot_work_stops_the_start_with_a_sentence(
    tmp_path: Path, changes: dict[str, str], sentence: str
) -> None:
    named = {f"DRAWBRIDGE_STRIPE_LIVE_APP_{name}": value for name, value in changes.items()}
    given = {name.removeprefix("DRAWBRIDGE_"): value for name, value in (APP | named).items()}
    done = run_program("server.py", env=environment(tmp_path, **given))
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "developer1" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_one_link_cannot_be_of_both_modes() -> None:
    both = APP | {name.replace("LIVE", "TEST"): value.replace("live_", "test_") for name, value in APP.items()}
    with pytest.raises(SettingError, match="must differ: Stripe has one link per mode"):
        read_settings(PRODUCTION | both)


@pytest.mark.slow
async def test_a_credential_reconnects_by_its_flow_and_new_ones_use_the_app(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:  # Connect alone
        client = (await new_tenant(server)).client
        connected = await connect(client, "By Connect")
    with running_server(tmp_path, **app_settings(own_port())) as server:
        moved = replace(client, address=server.address)
        new = await begin(moved, "By the app")
        assert "/oauth/v2/" in new["authorizationUrl"]
        again = await begin(moved, credentialId=connected["id"])
        assert "/oauth/authorize?" in again["authorizationUrl"]
        assert "response_type=code" in again["authorizationUrl"]
        document = "{ credentials { nodes { name flow } } }"
        flows = {row["name"]: row["flow"] for row in (await moved.execute(document))["credentials"]["nodes"]}
    assert flows == {"By Connect": "CONNECT", "By the app": "STRIPE_APP"}
    with running_server(tmp_path) as server:
        refused = await begin(replace(client, address=server.address), credentialId=new["credential"]["id"])
        assert (refused["__typename"], refused["field"]) == ("InvalidInputError", "credentialId")
