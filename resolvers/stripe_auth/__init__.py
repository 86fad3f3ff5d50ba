"""Use cases of connecting a Stripe account by OAuth."""

from resolvers.stripe_auth.begin import NewCredential, begin
from resolvers.stripe_auth.complete import complete
from resolvers.stripe_auth.states import return_url_of

__all__ = ["NewCredential", "begin", "complete", "return_url_of"]
