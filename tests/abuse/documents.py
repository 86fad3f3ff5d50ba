"""Documents that are designed to be expensive: the worst known of their kind, most as long as the limits allow."""

from dataclasses import dataclass

from tests.support.secrecy import keep

# This must not appear in a response or in the log.
SECRET = keep("sk_test_AbuseMustNotBeEchoed")

INVALID = "INVALID_REQUEST"
TOO_LONG = "DOCUMENT_TOO_LONG"
ALIASES = "ALIAS_LIMIT_EXCEEDED"
DEPTH = "DEPTH_LIMIT_EXCEEDED"
DIRECTIVES = "DIRECTIVE_LIMIT_EXCEEDED"
COST = "COST_LIMIT_EXCEEDED"
INTROSPECTION = "INTROSPECTION_LIMIT_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Attack:
    """A document, and the code of its error; None if it succeeds."""

    document: str
    code: str | None


def _each(count: int, text: str) -> str:
    """The text once for each number; the number replaces #, and the next number replaces ##."""
    return " ".join(text.replace("##", str(n + 1)).replace("#", str(n)) for n in range(count))


def _fragments(count: int, body: str, on: str = "Viewer", leaf: str = "name") -> str:
    return _each(count, f"fragment f# on {on} {{ {body} }}") + f" fragment f{count} on {on} {{ {leaf} }}"


def _events(kinds: str) -> str:
    return f"{{ events(filter: {{kinds: [{kinds}]}}) {{ totalCount }} }}"


_SPREAD = "fragment f# on IntegrationConnection { nodes { id } }"
_TYPE = "type { name ofType { name } }"
_NODES = "integrations { nodes { credential { id name } } } "
_ROUND = "integrations { nodes { credential { "

ATTACKS = {
    # Multiplied by fragments
    "fragments that double 25 deep": Attack(f"{{ viewer {{ ...f0 }} }} {_fragments(25, '...f## ...f##')}", COST),
    "fragments that double 98 deep": Attack(f"{{ viewer {{ ...f0 }} }} {_fragments(98, '...f## ...f##')}", COST),
    "fragments that double in inline ones": Attack(
        f"{{ viewer {{ ...f0 }} }} {_fragments(58, 'organization { id } ...f## ... { ...f## }')}", COST
    ),
    "a chain of 123 fragments": Attack(f"{{ viewer {{ ...f0 }} }} {_fragments(123, '...f##')}", None),
    "a circle of 124 fragments": Attack(
        f"{{ viewer {{ ...f0 }} }} {_fragments(123, '...f##', leaf='...f0')}".replace("f124", "f0"), INVALID
    ),
    "a fragment deep within itself": Attack(
        "{ viewer { ...f } } fragment f on Viewer { organization { ...f } }", DEPTH
    ),
    "fragments that are unused": Attack("{ viewer { name } } " + _each(142, "fragment f# on Viewer { name }"), INVALID),
    "fragments that are unknown": Attack("{ " + _each(499, "...f#") + " }", INVALID),
    "fragments on unknown types": Attack(
        "{ viewer { name } } " + _each(142, "fragment f# on Viewe# { name }"), INVALID
    ),
    "operations that all spread the same": Attack(
        _each(120, "query q# { ...f }") + " fragment f on Query { " + "...g " * 123 + "} fragment g on Query { a }",
        INVALID,
    ),
    # Overlapping
    "one field 249 times": Attack("{ " + "viewer { name } " * 249 + "}", INVALID),
    "one leaf 995 times": Attack("{ viewer { " + "name " * 995 + "} }", INVALID),
    "fields that overlap in depth": Attack("{ " + _NODES * 89 + "}", INVALID),
    "fields that overlap by fragments": Attack(
        "{ " + _each(62, "integrations { ...f# }") + " } " + _each(62, _SPREAD),
        INVALID,
    ),
    "fields that conflict": Attack("{ " + _each(110, "integrations(first: #) { totalCount }") + " }", INVALID),
    "subscriptions that overlap": Attack("subscription { " + "events { cursor } " * 249 + "}", INVALID),
    # Numerous
    "20,000 aliases": Attack("{ " + _each(20_000, "a#: viewer { name }") + " }", TOO_LONG),
    "331 aliases": Attack("{ viewer { " + _each(331, "a#: name") + " } }", ALIASES),
    "331 aliases of one name": Attack("{ viewer { " + "a: name a: __typename " * 165 + "} }", ALIASES),
    "20,000 directives": Attack("{ viewer { name" + " @include(if: true)" * 20_000 + " } }", TOO_LONG),
    "497 directives": Attack("{ viewer { name" + " @x" * 497 + " } }", DIRECTIVES),
    "20,000 fields": Attack("{ viewer { " + "name " * 20_000 + "} }", TOO_LONG),
    "1,200 fields": Attack("{ viewer { " + _each(1200, "n#") + " } }", TOO_LONG),
    "998 unknown fields": Attack("{ " + _each(998, "viewe#") + " }", INVALID),
    "330 unknown arguments": Attack("{ integrations(" + _each(330, "firs#: 1") + ") { totalCount } }", INVALID),
    "330 unknown input fields": Attack("{ events(filter: {" + _each(328, "kind#: 1") + "}) { totalCount } }", INVALID),
    "984 unknown enum values": Attack(_events(_each(984, "TOKEN_ISSUE#")), INVALID),
    "984 enum values": Attack(_events("TOKEN_ISSUED " * 984), None),
    "247 variables that are unused": Attack("query (" + _each(247, "$a#: Int") + ") { viewer { name } }", INVALID),
    "operations with variables that are undefined": Attack(
        _each(80, "query q# { ...f }") + " fragment f on Query { " + _each(40, "a#: node(id: $a#) { id }") + " }",
        INVALID,
    ),
    "125 operations, and no name": Attack(_each(125, "query q# { viewer { name } }"), INVALID),
    "166 operations without a name": Attack("{ viewer { name } } " * 166, INVALID),
    # Deeply nested
    "20,000 brackets in an argument": Attack("{ node(id: " + "[" * 20_000 + "1", INVALID),
    "190 lists in each other": Attack("{ node(id: " + "[" * 190 + f'"{SECRET}"' + "]" * 190 + ") { id } }", INVALID),
    "499 lists in each other": Attack("{ node(id: " + "[" * 498, INVALID),
    "150 input objects in each other": Attack(
        "{ events(filter: " + "{kinds: " * 150 + f'"{SECRET}"' + "}" * 150 + ") { totalCount } }", INVALID
    ),
    "150 fields in each other": Attack("{ a" * 150 + " }" * 150, DEPTH),
    "190 inline fragments in each other": Attack("{ " + "... { " * 190 + "viewer { name }" + " }" * 191, None),
    # Expensive to execute
    "lists beneath themselves": Attack(f"{{ credentials {{ nodes {{ {_ROUND * 3} id {'} } }' * 3} }} }} }}", INVALID),
    "pages of 100, forty times": Attack(
        "{ " + _each(40, "a#: integrations(first: 100) { nodes { id name } }") + " }", COST
    ),
    "three introspections": Attack(
        "{ "
        + _each(3, "a#: __schema { types { fields { args { type { name ofType { name } } } type { name } } } }")
        + " }",
        None,
    ),
    "introspection that multiplies": Attack(
        "{ __schema { types { " + _each(40, f"a#: fields {{ args {{ {_TYPE} }} {_TYPE} }}") + " } } }", INTROSPECTION
    ),
    "introspection in circles": Attack(
        "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }", INVALID
    ),
    # Long or unusual
    "a comment of 40,000 characters": Attack("{ viewer { name } } #" + SECRET + "x" * 40_000, TOO_LONG),
    "15,000 comments": Attack("#\n" * 15_000 + "{ viewer { name } }", TOO_LONG),
    "a string of 40,000 characters": Attack('{ node(id: "' + SECRET * 1500 + '") { id } }', TOO_LONG),
    "a string of 30,000 characters": Attack('{ node(id: "' + "x" * 30_000 + '") { id } }', None),
    "a block string of 15,000 lines": Attack('{ node(id: """' + "\n " * 15_000 + '""") { id } }', None),
    "a block string without an end": Attack('{ node(id: """' + SECRET + "\n" * 30_000, INVALID),
    "5,000 escapes": Attack('{ node(id: "' + "\\u0041" * 5000 + '") { id } }', None),
    "surrogates, escaped": Attack('{ node(id: "\\ud800") { id } }', INVALID),
    "a NUL": Attack("{ viewer { name\0 } }", INVALID),
    "a NUL, escaped": Attack('{ node(id: "integration_\\u0000") { id } }', None),
    "a name of 30,000 letters": Attack("{ " + "x" * 30_000 + " }", INVALID),
    "a number of 5,000 digits": Attack("{ integrations(first: " + "9" * 5000 + ") { totalCount } }", INVALID),
    "a number with a great exponent": Attack("{ integrations(first: 1e999999) { totalCount } }", INVALID),
    "quotes that look like an error's": Attack('{ a(b: 1) "' + f"Value '{SECRET} found " * 500, INVALID),
    "a secret where an enum value belongs": Attack(
        f'{{ integrations(filter: {{status: "{SECRET}"}}) {{ totalCount }} }}', INVALID
    ),
    "a secret where a number belongs": Attack(f'{{ integrations(first: "{SECRET}") {{ totalCount }} }}', INVALID),
}
