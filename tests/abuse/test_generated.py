"""Operations that Schemathesis generates from the schema never cause an internal error."""

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes
from schemathesis.core.result import Ok

from tests.abuse.conftest import Target

EXAMPLES = 300
_FORM = {"data", "errors", "extensions"}


def test_operations_that_schemathesis_makes_never_fail_in_the_server(target: Target) -> None:
    schemathesis.graphql.scalar("Secret", st.text(alphabet="sk_tes01", max_size=30).map(nodes.String))
    schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda at: nodes.String(f"{at.isoformat()}Z")))
    url, headers = f"{target.server.address}/graphql", target.client.headers()
    schema = schemathesis.graphql.from_url(url, headers=headers)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) > 15
    answered = []

    @given(st.data())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def attack(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        response = data.draw(operation.as_strategy()).call(headers=headers)
        answer = response.json()
        assert response.status_code < 500
        assert set(answer) <= _FORM
        assert not [error for error in answer.get("errors", []) if error["extensions"]["code"] == "INTERNAL_ERROR"], (
            answer
        )
        answered.append("errors" not in answer)

    attack()
    assert any(answered)
    logged = target.server.log.read_text()
    assert "Traceback" not in logged, logged
