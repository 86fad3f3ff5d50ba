"""The sandbox's own page: which keys misbehave, and a form that makes any key do so."""

from html import escape

from sandbox.keys import MAGIC_KEYS, Behaviour

_ROWS = "".join(
    f"<tr><td><code>{escape(key)}</code></td><td>{escape(answer)}</td></tr>" for key, answer in MAGIC_KEYS.items()
)
_OPTIONS = "".join(f"<option>{behaviour}</option>" for behaviour in Behaviour)

PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stripe sandbox</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }}
  table {{ border-collapse: collapse; width: 100%; }}
  td, th {{ border-bottom: 1px solid #8886; padding: .4rem; text-align: left; vertical-align: top; }}
</style>
<h1>Stripe sandbox</h1>
<p>Stands in for Stripe: nothing here is real, and nothing leaves this machine. Every well-formed secret key is
accepted, for example <code>sk_test_51Sandbox4242</code>, except those that begin like these:</p>
<table><thead><tr><th>Key<th>What Stripe answers</tr></thead><tbody>{_ROWS}</tbody></table>
<h2>Change what becomes of a key</h2>
<p>As if it had been rolled, restricted or blocked in Stripe's dashboard. Verify the credential afterwards.</p>
<form method="post" action="keys">
  <p><label>Key <input name="key" required autocomplete="off"></label>
  <label>Behaviour <select name="behaviour">{_OPTIONS}</select></label> <button>Change</button></p>
</form>
</html>
"""
