// The browser of a test: hands the address that comes last to the test, at the address that comes before it, with the names
// of the variables that it was started with.
const [receiver, address] = process.argv.slice(2);
const body = JSON.stringify({ address, variables: Object.keys(process.env) });
await fetch(receiver, { method: 'POST', body });
