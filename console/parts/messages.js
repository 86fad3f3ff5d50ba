/** Short-lived messages about the results of actions, and about events. */

import { html } from "htm/preact";
import { useCallback, useState } from "preact/hooks";

const SHOWN_MILLISECONDS = 6000;
const MOST = 3;
let count = 0;

/** @typedef {{ id: number, text: string }} Message */

export function useMessages() {
  const [messages, setMessages] = useState(/** @type {Message[]} */ ([]));
  const dismiss = useCallback((/** @type {number} */ id) => {
    setMessages((before) => before.filter((message) => message.id !== id));
  }, []);
  const tell = useCallback((/** @type {string} */ text) => {
    const id = ++count;
    setMessages((before) => [...before, { id, text }].slice(-MOST));
    setTimeout(() => dismiss(id), SHOWN_MILLISECONDS);
  }, []);
  return { messages, tell, dismiss };
}

/** @param {{ messages: Message[], dismiss: (id: number) => void }} properties */
export const Messages = ({ messages, dismiss }) => html`
  <div class="messages" role="status">
    ${messages.map(
      ({ id, text }) => html`<p key=${id}>${text} <button class="plain" aria-label="Dismiss" onClick=${() => dismiss(id)}>×</button></p>`,
    )}
  </div>
`;
