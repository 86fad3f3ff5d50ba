"""The GraphQL endpoint over WebSockets: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md."""
