// Calls the sandbox at the given port with Stripe's SDK, and prints each outcome as a line of JSON.
import Stripe from 'stripe';

const [host, port, key] = process.argv.slice(2);
const stripe = new Stripe(key, { host, port: Number(port), protocol: 'http', telemetry: false });
const print = (outcome) => console.log(JSON.stringify(outcome));
const refused = (promise) => promise.then(() => null, ({ type, code, statusCode }) => ({ type, code, statusCode }));

print({ account: (await stripe.accounts.retrieveCurrent()).id });
const customer = await stripe.customers.create({ name: 'Jane', metadata: { team: 'red' } });
const product = await stripe.products.create({ name: 'Gold', images: ['https://acme.example/gold.png'] });
const price = await stripe.prices.create({
  product: product.id,
  currency: 'eur',
  unit_amount: 900,
  recurring: { interval: 'month' },
});
const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
print({ name: customer.name, team: customer.metadata.team, status: subscription.status, price: subscription.items.data[0].price.id === price.id });
const same = [];
for (let attempt = 0; attempt < 2; attempt++) {
  const intent = await stripe.paymentIntents.create(
    { amount: 2500, currency: 'eur', customer: customer.id, payment_method: 'pm_card_visa', confirm: true },
    { idempotencyKey: `node-${customer.id}` },
  );
  same.push(intent.id);
}
print({ same: same[0] === same[1] });
const refund = await stripe.refunds.create({ payment_intent: same[0] });
print({ refund: refund.status, amount: refund.amount });
for (let more = 0; more < 4; more++) await stripe.invoices.create({ customer: customer.id });
const invoices = [];
for await (const invoice of stripe.invoices.list({ customer: customer.id, limit: 2 })) invoices.push(invoice.id);
print({ invoices: new Set(invoices).size });
print(await refused(stripe.customers.retrieve('cus_nobody')));
print(await refused(stripe.coupons.create({ percent_off: 10 })));
print(await refused(stripe.paymentIntents.create({ amount: 1, currency: 'eur', payment_method: 'pm_card_chargeDeclined', confirm: true })));
