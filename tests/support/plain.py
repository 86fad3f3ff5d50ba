"""What makes an HTTP client that speaks to servers of the tests' own, in the clear."""

import ssl

# Without certificates: httpx reads them anew for each client, which takes it twenty milliseconds.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
