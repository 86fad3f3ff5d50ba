"""The servers under test, and their requests for the same data."""

from dataclasses import dataclass, field
from typing import Any

import httpx

_PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
_NODE = "id provider name status createdAt updatedAt credential { maskedSecret }"
_LIST = f"""query ($after: String) {{
    integrations(first: 20, after: $after) {{ edges {{ cursor node {{ {_NODE} }} }} {_PAGE} }} }}"""
_SINGLE = f"query ($id: ID!) {{ integration(id: $id) {{ {_NODE} }} }}"

_GENERATED_NODE = """id: rowId provider name active createdAt updatedAt
    credential: credentialByOrganizationIdAndCredentialId { status maskedSecret }"""
_GENERATED_LIST = f"""query ($after: Cursor, $organization: String!) {{
    integrations: allIntegrations(
        first: 20, after: $after, orderBy: PRIMARY_KEY_DESC, condition: {{ organizationId: $organization }}
    ) {{ edges {{ cursor node {{ {_GENERATED_NODE} }} }} {_PAGE} }} }}"""
_GENERATED_SINGLE = f"""query ($id: String!) {{
    integration: integrationByRowId(rowId: $id) {{ {_GENERATED_NODE} }} }}"""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server with the same GraphQL fields as Drawbridge."""

    name: str
    pid: int
    address: str
    headers: dict[str, str] = field(default_factory=dict)

    def ask_list(self, after: str | None = None) -> httpx.Request:
        return self._ask(_LIST, after=after)

    def ask_single(self, id_: str) -> httpx.Request:
        return self._ask(_SINGLE, id=id_)

    @staticmethod
    def list_in(answer: Any) -> Any:  # noqa: ANN401 - JSON
        return answer["data"]["integrations"]

    @staticmethod
    def single_in(answer: Any) -> Any:  # noqa: ANN401 - JSON
        return answer["data"]["integration"]

    def _ask(self, document: str, **variables: str | None) -> httpx.Request:
        body = {"query": document, "variables": variables}
        return httpx.Request("POST", f"{self.address}/graphql", headers=self.headers, json=body)


@dataclass(frozen=True, slots=True)
class Generated(Contestant):
    """PostGraphile. Its schema, generated from the tables, lacks `status` but has the columns that determine it."""

    organization_id: str = ""

    def ask_list(self, after: str | None = None) -> httpx.Request:
        return self._ask(_GENERATED_LIST, after=after, organization=self.organization_id)

    def ask_single(self, id_: str) -> httpx.Request:
        return self._ask(_GENERATED_SINGLE, id=id_)


@dataclass(frozen=True, slots=True)
class Plain(Contestant):
    """A server without GraphQL."""

    def ask_list(self, after: str | None = None) -> httpx.Request:
        params = {} if after is None else {"after": after}
        return httpx.Request("GET", f"{self.address}/integrations", params=params)

    def ask_single(self, id_: str) -> httpx.Request:
        return httpx.Request("GET", f"{self.address}/integrations/{id_}")

    @staticmethod
    def list_in(answer: Any) -> Any:  # noqa: ANN401 - JSON
        return answer

    @staticmethod
    def single_in(answer: Any) -> Any:  # noqa: ANN401 - JSON
        return answer
