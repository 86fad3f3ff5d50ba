"""The use cases: one plain async function each. Permission first, then checks, then one transaction.

Field resolvers are the one-liners in schema/; this package holds the use cases they call.
"""
