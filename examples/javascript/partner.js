// A partner's service: calls Stripe with an integration's key, for as long as Drawbridge provides it.
//
//   URL=http://127.0.0.1:8000/graphql TOKEN=drawbridge_… INTEGRATION=Billing \
//   STRIPE=http://127.0.0.1:8000/sandbox node partner.js websocket
//
// `websocket`, `sse` or `webhook` is the transport for events. Omit STRIPE to call Stripe itself. See docs/partners.md.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";

import { Drawbridge, TemporaryError, SecretUnavailableError, pause, RefusedError } from "./drawbridge.js";
import * as sse from "./sse-events.js";
import * as webhook from "./webhook-events.js";
import * as websocket from "./websocket-events.js";

const { URL, TOKEN, INTEGRATION, CURSOR_FILE = "cursor", EVERY_SECONDS = "60" } = process.env;
const STRIPE_ITSELF = "https://api.stripe.com";
const { STRIPE = STRIPE_ITSELF } = process.env;
const REASON = "Synchronizing payments";

const stripeHttp = Stripe.createFetchHttpClient((url, init) =>
  fetch(String(url).replace(STRIPE_ITSELF, STRIPE), init),
);

/** An integration's key, cached in memory only: fetched on demand, discarded when it may have changed. */
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

  /** Returns the key; throws SecretUnavailableError or RefusedError. */
  async get() {
    const end = this.#revealed?.expiresAt;
    if (end && Date.parse(end) <= Date.now()) this.#revealed = undefined;
    while (!this.#revealed) {
      const change = this.#change;
      const revealed = await this.#drawbridge.reveal(this.integrationId, REASON);
      if (change === this.#change) this.#revealed = revealed; // otherwise it may be the previous key
    }
    return this.#revealed;
  }

  /** Reports that Stripe rejected the key, and discards it: Drawbridge may have another, or none any more. */
  async report() {
    const message = await this.#drawbridge.reportFailure(this.integrationId);
    this.#revealed = undefined;
    return message;
  }

  /** Discards the key, so that it is fetched again, and wakes tasks that wait for a change. */
  forget() {
    this.#revealed = undefined;
    this.#change.happen();
    this.#change = new Change();
  }
}

/** A promise that `happen` resolves. */
class Change {
  constructor() {
    this.promise = new Promise((resolve) => {
      this.happen = resolve;
    });
  }
}

/** Does the service's work repeatedly. Without a working key, it waits for a change. */
async function work(key) {
  for (;;) {
    const { changed } = key; // read before the key is fetched, so that no change is missed
    try {
      console.log("Called Stripe for", await callStripe(await key.get()));
      await sleep(Number(EVERY_SECONDS) * 1000);
    } catch (error) {
      if (error instanceof SecretUnavailableError) {
        console.log("Waiting:", error.message);
        await changed;
      } else if (error instanceof Stripe.errors.StripeAuthenticationError) {
        console.log("Reported: Stripe rejected the key.", await key.report());
        await Promise.race([changed, sleep(Number(EVERY_SECONDS) * 1000)]);
      } else if (error instanceof Stripe.errors.StripeError) {
        console.log("Stripe:", error.type); // its message may quote the key
        await sleep(Number(EVERY_SECONDS) * 1000);
      } else {
        throw error;
      }
    }
  }
}

/** Represents the service's calls to Stripe. This one retrieves the account. */
async function callStripe({ secretKey }) {
  const stripe = new Stripe(secretKey, { httpClient: stripeHttp, timeout: 10_000, maxNetworkRetries: 2 });
  return (await stripe.accounts.retrieveCurrent()).id;
}

/** Handles each event, then saves its cursor. Reconnects whenever the connection is lost. */
async function follow(drawbridge, key, events) {
  for (let attempt = 0; ; attempt++) {
    try {
      for await (const event of events(URL, TOKEN, key.integrationId, lastCursor())) {
        attempt = 0;
        console.log("Received", event.kind, event.cursor);
        key.forget(); // each of these events may change the result of revealSecret
        saveCursor(event.cursor);
      }
    } catch (error) {
      if (error instanceof TemporaryError) {
        console.log("Reconnecting:", error.message);
      } else if (error instanceof RefusedError && error.code === "INVALID_CURSOR") {
        saveCursor(await drawbridge.newestCursor()); // first the end of the log, then the state
        key.forget();
        console.log("Restarted at the end of the log:", error.message);
      } else {
        throw error;
      }
    }
    await pause(attempt);
  }
}

/** Returns the cursor of the last event that was handled; empty on the first start. */
function lastCursor() {
  return existsSync(CURSOR_FILE) ? readFileSync(CURSOR_FILE, "utf8") : "";
}

/** Replaces the file atomically, even if the power fails. */
function saveCursor(place) {
  writeFileSync(`${CURSOR_FILE}.new`, place, { flush: true });
  renameSync(`${CURSOR_FILE}.new`, CURSOR_FILE);
}

/** Runs until it is stopped or Drawbridge refuses permanently. */
async function main(events) {
  const drawbridge = new Drawbridge(URL, TOKEN);
  const key = new Key(drawbridge, await drawbridge.find(INTEGRATION));
  if (!lastCursor()) {
    saveCursor(await drawbridge.newestCursor()); // before the key is fetched, so that later changes cause events
  }
  await Promise.all([work(key), follow(drawbridge, key, events)]);
}

main({ websocket, sse, webhook }[process.argv[2]].events).catch((error) => {
  console.error(error instanceof RefusedError ? error.message : error);
  process.exit(1);
});
