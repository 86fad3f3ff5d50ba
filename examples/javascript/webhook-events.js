// Events announced by webhooks: https://www.standardwebhooks.com
//
// A webhook only says that the log has grown: the events are queried, from the last cursor on. So webhooks may repeat,
// get lost or come from any endpoint of the organization. PORT is the receiver's port, WEBHOOK_SECRET the endpoint's
// secret.

import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

import { Drawbridge } from "./drawbridge.js";

// Asks without a webhook, too, because the last one may have been lost.
const CATCH_UP_MILLISECONDS = 600_000;

/** Yields an integration's events after a cursor, for ever; throws RefusedError. */
export async function* events(url, token, integration, after) {
  const drawbridge = new Drawbridge(url, token);
  let wake;
  const server = createServer(receiver(() => wake()));
  try {
    for (;;) {
      const woken = new Promise((resolve) => (wake = resolve)); // before the query, so that no webhook is missed
      if (!server.listening) await once(server.listen(process.env.PORT ?? 9000, "127.0.0.1"), "listening");
      for (let found; (found = await drawbridge.events(integration, after)).length > 0; ) {
        for (const event of found) {
          yield event;
          after = event.cursor;
        }
      }
      await Promise.race([woken, sleep(CATCH_UP_MILLISECONDS, undefined, { ref: false })]);
    }
  } finally {
    server.close();
  }
}

/** Responds to webhooks at once: the work follows. */
function receiver(received) {
  const webhook = new Webhook(process.env.WEBHOOK_SECRET);
  return async (request, response) => {
    try {
      webhook.verify(await text(request), request.headers);
      received();
      response.writeHead(204);
    } catch (error) {
      response.writeHead(error instanceof WebhookVerificationError ? 401 : 400); // 400: the body was cut off
    }
    response.end();
  };
}
