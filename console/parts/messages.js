/** Short-lived messages about the results of actions, and about events. */

import { html } from "htm/preact";
import { useCallback, useEffect, useState } from "preact/hooks";

const SHOWN_MILLISECONDS = 6000;
const MOST = 3;
let count = 0;

/** @typedef {{ text: string, about?: string, action?: { label: string, run: () => void } }} Notice `about`: replaces the message about the same thing */
/** @typedef {Notice & { id: number }} Message */

export function useMessages() {
  const [messages, setMessages] = useState(/** @type {Message[]} */ ([]));
  const dismiss = useCallback((/** @type {number} */ id) => {
    setMessages((before) => before.filter((message) => message.id !== id));
  }, []);
  const tell = useCallback((/** @type {Notice} */ notice) => {
    const others = (/** @type {Message[]} */ all) => all.filter(({ about }) => !about || about !== notice.about);
    setMessages((before) => [...others(before), { ...notice, id: ++count }].slice(-MOST));
  }, []);
  return { messages, tell, dismiss };
}

/** @param {{ messages: Message[], dismiss: (id: number) => void }} properties */
export const Messages = ({ messages, dismiss }) => html`
  <div class="messages" role="status">
    ${messages.map((message) => html`<${Toast} key=${message.id} message=${message} dismiss=${dismiss} />`)}
  </div>
`;

/** Disappears by itself, unless the pointer or the focus is on it. @param {{ message: Message, dismiss: (id: number) => void }} properties */
function Toast({ message: { id, text, action }, dismiss }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), SHOWN_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [held]);
  const hold = () => setHeld(true);
  const release = () => setHeld(false);
  const act = () => {
    dismiss(id);
    action?.run();
  };
  return html`
    <p onMouseEnter=${hold} onMouseLeave=${release} onFocusIn=${hold} onFocusOut=${release}>
      <span dir="auto">${text}</span>
      ${action && html`<button class="plain" onClick=${act}>${action.label}</button>`}
      <button class="plain" aria-label="Dismiss" onClick=${() => dismiss(id)}>×</button>
    </p>
  `;
}
