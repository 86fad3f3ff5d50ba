"""Writes the tables of docs/settings.md: `python -m settings.docs`."""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from pydantic.fields import FieldInfo

from settings.base import Group, variable
from settings.form import form_of
from settings.groups import GROUPS

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
_BEGIN, _END = "<!-- settings: begin -->", "<!-- settings: end -->"


def with_tables(page: str) -> str:
    """The page, with tables of the settings as they are now between its two marks."""
    tables = "\n".join(_tables())
    return re.sub(f"(?s){_BEGIN}.*{_END}", lambda _: f"{_BEGIN}\n{tables}\n{_END}", page)


def _tables() -> Iterator[str]:
    for title, group in GROUPS.items():
        yield f"\n## {title.capitalize()}\n\n| Variable | Default | Value | Purpose |\n| --- | --- | --- | --- |"
        for name, field in group.model_fields.items():
            if title == "serving" or name not in Group.model_fields:
                yield f"| `{variable(name)}` | {_default(field)} | {form_of(field)} | {field.description} |"
    yield ""


def _default(field: FieldInfo) -> str:
    by_environment = {env: _text(_default_in(field, env)) for env in ("development", "production")}
    if len(set(by_environment.values())) == 1:
        return by_environment["production"]
    return ", ".join(f"{text} in {env}" for env, text in by_environment.items())


def _default_in(field: FieldInfo, env: str) -> object:
    return field.get_default(call_default_factory=True, validated_data={"env": env})


def _text(value: object) -> str:
    """A default as the variable would have it."""
    if isinstance(value, Mapping):
        value = [f"{name}={'+'.join(scopes)}" for name, scopes in value.items()]
    if isinstance(value, list | tuple | AbstractSet):
        value = ",".join(value) or None
    if isinstance(value, bool):
        value = "yes" if value else "no"
    return "none" if value is None else f"`{value}`"


def main() -> None:
    """Rewrites the page."""
    PAGE.write_text(with_tables(PAGE.read_text()))


if __name__ == "__main__":
    main()
