// Appended to the page's snippet: follows the events.
for await (const event of events(process.env.AFTER)) console.log(JSON.stringify(event));
