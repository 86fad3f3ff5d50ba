"""The characters of URLs (RFC 3986, 2): no blanks and control characters, some of which urlsplit drops silently."""

import re

URL = re.compile(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
