"""Organizations of any size on PostgreSQL, within seconds: rows that the database makes up itself."""

from tortoise.context import require_context

# Of a hundred, 90 are active, 9 inactive, 1 needs attention; live keys and OAuth are rarer still.
_NAMED = """generate_series($2::int + 1, $2::int + $3::int) n, LATERAL (SELECT
    (ARRAY['Billing', 'Shop', 'Invoices', 'Donations', 'Tickets', 'Events', 'Payments', 'Checkout'])[1 + n * 7 % 8]
    || (ARRAY[' Berlin ', ' Paris ', ' London ', ' Tokyo ', ' Oslo ', ' Madrid '])[1 + n % 6] || n AS name) named"""
_CREDENTIALS = f"""INSERT INTO credentials (id, organization_id, name, name_key, destination, method, status, problem,
    sealed_secret, masked_secret, created_at, updated_at, version)
    SELECT 'credential_' || lpad(n::text, 26, '0'), $1, name, lower(name),
        CASE WHEN n % 1000 = 7 THEN 'STRIPE' ELSE 'STRIPE_TEST_MODE' END,
        CASE WHEN n % 1000 = 8 THEN 'OAUTH' ELSE 'SECRET_KEY' END,
        CASE WHEN n % 100 = 9 THEN 'DISCONNECTED' ELSE 'CONNECTED' END, CASE WHEN n % 100 = 9 THEN 'KEY_EXPIRED' END,
        'v1.another.' || repeat('x', 140), 'sk_live_…4242', now(), now(), 1 FROM {_NAMED}"""  # noqa: S608 - our own
_INTEGRATIONS = f"""INSERT INTO integrations (id, organization_id, credential_id, provider, name, name_key, active,
    created_at, updated_at, version)
    SELECT 'integration_' || lpad(n::text, 26, '0'), $1, 'credential_' || lpad(n::text, 26, '0'), 'STRIPE', name,
        lower(name), n % 100 NOT BETWEEN 20 AND 28, now(), now(), 1 FROM {_NAMED}"""  # noqa: S608 - likewise
_EVENTS = """INSERT INTO events (organization_id, position, kind, subject, name, actor, occurred_at)
    SELECT $1, position + n, CASE WHEN n % 1000 = 7 THEN 'SECRET_REVEALED' ELSE 'INTEGRATION_CREATED' END,
        'integration_' || lpad(n::text, 26, '0'), 'Name', 'cli', now()
    FROM organizations, generate_series(1, $2::int) n WHERE organizations.id = $1"""
_POSITION = "UPDATE organizations SET position = position + $2::int WHERE id = $1"
_INDEXES = """SELECT indexname AS name, indexdef AS definition FROM pg_indexes
    WHERE schemaname = 'public' AND indexdef NOT LIKE '%UNIQUE%'"""


async def fill(organization_id: str, rows: int, after: int = 0) -> None:
    """So many integrations, each with a credential, numbered from `after` + 1 on."""
    for statement in (_CREDENTIALS, _INTEGRATIONS):
        await require_context().db().execute_query(statement, [organization_id, after, rows])


async def fill_log(organization_id: str, rows: int) -> None:
    """So many events, at the end of the log."""
    for statement in (_EVENTS, _POSITION):
        await require_context().db().execute_query(statement, [organization_id, rows])


async def fill_quickly(organization_id: str, rows: int) -> None:
    """The same for a database of its own: indexes that decide nothing are built when all rows are there."""
    database = require_context().db()
    indexes = await database.execute_query_dict(_INDEXES)
    await database.execute_script(f"DROP INDEX {', '.join(index['name'] for index in indexes)}")
    await fill(organization_id, rows)
    for index in indexes:
        await database.execute_script(index["definition"])
    await database.execute_script("VACUUM ANALYZE")


def numbered(noun: str, number: int) -> str:
    """The id of the row with this number."""
    return f"{noun}_{number:026}"
