// The browser of a test: hands the address that comes last to the test, at the address that comes before it.
const [receiver, address] = process.argv.slice(2);
await fetch(receiver, { method: 'POST', body: address });
