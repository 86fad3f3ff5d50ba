"""What happens: one plain async function per use case. Permission first, then checks, then one transaction."""
