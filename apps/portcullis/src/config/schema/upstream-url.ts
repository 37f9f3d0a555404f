/** What is wrong with the URL of an HTTP upstream, or undefined. Whether anything answers there is not checked. */
export function checkUpstreamUrl(text: string): string | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return 'must be a URL such as http://127.0.0.1:3001/mcp';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must start with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password; use headers';
  if (url.hash !== '') return 'must not have a fragment';
  return undefined;
}
