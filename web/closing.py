"""How a connection is closed: names that the protocols and the endpoints share, without importing each other."""

# The key in a request's scope["state"] for an asyncio.Event. It is set at shutdown, for responses without an end.
STOPPING = "drawbridge.stopping"
# The key for an asyncio.Event that is set when the client closes its direction, and perhaps both: only sending tells.
HALF_CLOSED = "drawbridge.half_closed"
# "Try again later": GraphQL clients reconnect and resume from their cursor. After 1011, uvicorn's code for a missing
# pong, they give up. https://www.iana.org/assignments/websocket/websocket.xml#close-code-number
TRY_AGAIN_LATER = 1013
