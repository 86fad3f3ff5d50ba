// Follows the URL that is given by a plain EventSource, and prints what comes, each as a line of JSON.
import { EventSource } from 'eventsource';

const print = (told) => console.log(JSON.stringify(told));
const authorization = `Bearer ${process.env.TOKEN}`;
const source = new EventSource(process.argv[2], {
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization } }),
});
source.addEventListener('open', () => print({ type: 'open' }));
source.addEventListener('next', ({ data, lastEventId }) => print({ type: 'next', id: lastEventId, ...JSON.parse(data) }));
source.addEventListener('error', ({ code }) => print({ type: 'error', code }));
source.addEventListener('complete', () => {
  print({ type: 'complete' });
  source.close();
});
