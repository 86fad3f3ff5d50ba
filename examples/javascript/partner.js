// A partner's service: calls Stripe with an integration's key, for as long as Drawbridge hands it out.
//
//   URL=http://127.0.0.1:8000/graphql TOKEN=drawbridge_… INTEGRATION=Billing \
//   STRIPE=http://127.0.0.1:8000/sandbox node partner.js websocket
//
// `websocket` or `sse` is how it follows the events. STRIPE is left out for Stripe itself. docs/partners.md explains
// it.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";

import { Drawbridge, LostError, NotHandedOutError, pause, RefusedError } from "./drawbridge.js";
import * as sse from "./sse-events.js";
import * as websocket from "./websocket-events.js";

const { URL, TOKEN, INTEGRATION, CURSOR_FILE = "cursor", EVERY_SECONDS = "60" } = process.env;
const STRIPE_ITSELF = "https://api.stripe.com";
const { STRIPE = STRIPE_ITSELF } = process.env;
const REASON = "Synchronizing payments";

const stripeHttp = Stripe.createFetchHttpClient((url, init) =>
  fetch(String(url).replace(STRIPE_ITSELF, STRIPE), init),
);

/** An integration's key, in memory only: fetched when it is needed, forgotten when it may have changed. */
class Key {
  #drawbridge;
  #revealed;
  #change;

  constructor(drawbridge, integrationId) {
    this.#drawbridge = drawbridge;
    this.integrationId = integrationId;
    this.#change = new Change();
  }

  /** Resolves when the key may have changed. */
  get changed() {
    return this.#change.promise;
  }

  /** The key; throws NotHandedOutError or RefusedError. */
  async get() {
    while (!this.#revealed) {
      const change = this.#change;
      const revealed = await this.#drawbridge.reveal(this.integrationId, REASON);
      if (change === this.#change) this.#revealed = revealed; // else it may be the key before the change
    }
    return this.#revealed;
  }

  /** Has the key fetched anew, and wakes whoever waits for a change. */
  forget() {
    this.#revealed = undefined;
    this.#change.happen();
    this.#change = new Change();
  }
}

/** Something that happens once. */
class Change {
  constructor() {
    this.promise = new Promise((resolve) => {
      this.happen = resolve;
    });
  }
}

/** The service's own work, again and again; while there is no key, or a dead one, it waits for a change. */
async function work(key) {
  for (;;) {
    const { changed } = key; // before asking: what changes from now on counts
    try {
      console.log("Called Stripe for", await callStripe(await key.get()));
      await sleep(Number(EVERY_SECONDS) * 1000);
    } catch (error) {
      if (error instanceof NotHandedOutError) {
        console.log("Waiting:", error.message);
        await changed;
      } else if (error instanceof Stripe.errors.StripeAuthenticationError) {
        console.log("Waiting: Stripe does not take the key.");
        await changed;
      } else if (error instanceof Stripe.errors.StripeError) {
        console.log("Stripe:", error.type); // its text may quote the key
        await sleep(Number(EVERY_SECONDS) * 1000);
      } else {
        throw error;
      }
    }
  }
}

/** Stands for what the service does at Stripe: here it asks whose account it is. */
async function callStripe({ secretKey }) {
  const stripe = new Stripe(secretKey, { httpClient: stripeHttp, timeout: 10_000, maxNetworkRetries: 2 });
  return (await stripe.accounts.retrieveCurrent()).id;
}

/** Acts on each event, and notes its cursor only then; connects anew for as long as it takes. */
async function follow(drawbridge, key, events) {
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const event of events(URL, TOKEN, lastCursor())) {
        attempt = 0;
        act(key, event);
        keepCursor(event.cursor);
      }
    } catch (error) {
      if (error instanceof LostError) {
        console.log("Connecting anew:", error.message);
      } else if (error instanceof RefusedError && error.code === "INVALID_CURSOR") {
        keepCursor(await drawbridge.newestCursor()); // first the log's end, then what is true there
        key.forget();
        console.log("Began at the log's end:", error.message);
      } else {
        throw error;
      }
    }
    await pause(attempt);
  }
}

/** Forgets the key if the event concerns its integration. A credential that is gone concerns nobody. */
function act(key, { kind, cursor, integrationId, credential }) {
  const concerned = [integrationId, ...(credential?.integrations ?? []).map(({ id }) => id)];
  if (concerned.includes(key.integrationId)) {
    console.log("Told of", kind, cursor);
    key.forget();
  }
}

/** That of the last event that was acted on; empty at the very first start. */
function lastCursor() {
  return existsSync(CURSOR_FILE) ? readFileSync(CURSOR_FILE, "utf8") : "";
}

/** Writes the file whole or not at all, whenever the power fails. */
function keepCursor(place) {
  writeFileSync(`${CURSOR_FILE}.new`, place, { flush: true });
  renameSync(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

/** Runs until told to stop, or until Drawbridge refuses for good. */
async function main(events) {
  const drawbridge = new Drawbridge(URL, TOKEN);
  const key = new Key(drawbridge, await drawbridge.find(INTEGRATION));
  if (!lastCursor()) {
    keepCursor(await drawbridge.newestCursor()); // before the key is fetched: what changes later is told of
  }
  await Promise.all([work(key), follow(drawbridge, key, events)]);
}

main({ websocket, sse }[process.argv[2]].events).catch((error) => {
  console.error(error instanceof RefusedError ? error.message : error);
  process.exit(1);
});
