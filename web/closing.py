"""How a connection is closed: names that the protocols and the endpoints share, without importing each other."""

# The key in a request's scope["state"] for an asyncio.Event. It is set at shutdown, for responses without an end.
STOPPING = "drawbridge.stopping"
# "Try again later": GraphQL clients reconnect and resume from their cursor. After 1011, uvicorn's code for a missing
# pong, they give up. https://www.iana.org/assignments/websocket/websocket.xml#close-code-number
TRY_AGAIN_LATER = 1013
