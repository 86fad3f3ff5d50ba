"""HTTP client options for the tests' servers, which use no TLS."""

import ssl

# Without certificates: httpx reads them anew for each client, which takes it twenty milliseconds.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
