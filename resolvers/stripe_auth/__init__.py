"""Use cases of connecting a Stripe account by OAuth."""

from resolvers.stripe_auth.begin import NewCredential, begin
from resolvers.stripe_auth.complete import complete
from resolvers.stripe_auth.states import accept_return

__all__ = ["NewCredential", "accept_return", "begin", "complete"]
