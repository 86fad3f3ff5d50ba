"""docs/settings.md: its table is that of the settings."""

from dataclasses import fields

from settings import Settings, variable
from tests.support.readme import page


def test_the_table_is_that_of_the_code() -> None:
    expected = [
        f"| `{variable(setting)}` | {setting.metadata['shown']} | {setting.metadata['help']} |"
        for setting in fields(Settings)
    ]
    table = page("settings").partition("<!-- settings: begin -->")[2].partition("<!-- settings: end -->")[0]
    assert table.strip().splitlines()[2:] == expected
