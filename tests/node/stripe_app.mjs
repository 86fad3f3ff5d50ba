// Calls the sandbox at the given port with Stripe's SDK, as the developer of a Stripe App, and prints each outcome.
import Stripe from 'stripe';

const [host, port, key, code] = process.argv.slice(2);
const stripe = new Stripe(key, { host, port: Number(port), protocol: 'http', telemetry: false });
const print = (outcome) => console.log(JSON.stringify(outcome));
const token = (form) => stripe.rawRequest('POST', '/v1/oauth/token', form);

const first = await token({ grant_type: 'authorization_code', code });
print({ account: first.stripe_user_id, scope: first.scope, expires: first.expires_in ?? null });
const second = await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
print({ rolled: second.access_token !== first.access_token && second.refresh_token !== first.refresh_token });
try {
  await token({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
} catch ({ type, statusCode }) {
  print({ type, statusCode });
}
const user = new Stripe(second.access_token, { host, port: Number(port), protocol: 'http', telemetry: false });
print({ account: (await user.accounts.retrieveCurrent()).id, customer: (await user.customers.create({ name: 'Jane' })).name });
const { data } = await stripe.apps.installs.list({ app: 'app_1SandboxDrawbridge', account: first.stripe_user_id });
print({ installs: data.map(({ status, channel }) => ({ status, channel })) });
const gone = await stripe.apps.installs.uninstall(data[0].id, {}, { stripeAccount: first.stripe_user_id });
print({ status: gone.status });
