// Appended to the page's snippet: follows the events.
subscribe(
  { query: process.env.FOLLOW, variables: { after: process.env.AFTER } },
  {
    next: ({ data, errors }) => console.log(JSON.stringify(data?.events ?? errors)),
    error: (error) => console.log(JSON.stringify({ error: String(error) })),
    complete: () => {},
  },
);
