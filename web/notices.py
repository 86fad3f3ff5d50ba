"""Pages with a few sentences for people, where a program would get JSON."""

from collections.abc import Mapping

from starlette.responses import HTMLResponse

from web.middleware.security_headers import style_policy

_STYLE = """
  :root { color-scheme: light dark; background: light-dark(#fff, #13171f); color: light-dark(#1b2028, #dfe3eb); }
  a { color: light-dark(#00568f, #7cc4ff); }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 4rem auto; padding: 0 1rem; }
"""
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style>
<h1>{title}</h1>
{text}
</html>
"""


def notice(status: int, title: str, text: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """A page whose policy allows its style alone. `title` and `text` are HTML."""
    page = _PAGE.format(title=title, style=_STYLE, text=text)
    return HTMLResponse(page, status, headers={**(headers or {}), "Content-Security-Policy": style_policy(_STYLE)})
