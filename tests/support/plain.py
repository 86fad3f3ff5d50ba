"""HTTP client options for the tests' servers, which use no TLS."""

import ssl

# Without certificates, because httpx reads them for each client, which takes twenty milliseconds.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
