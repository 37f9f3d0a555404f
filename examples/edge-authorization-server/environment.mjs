const NEEDED = ['ISSUER', 'MASTER_KEY', 'RESOURCE', 'RESOURCE_SERVER_SECRET', 'PERSON_NAME', 'PERSON_PASSWORD'];

/** Looks whether the variables of the worker are there, and can be read. @throws naming those that are not so, and nothing of what the others hold */
export function checkEnvironment(environment) {
  const missing = NEEDED.filter((name) => !environment[name]);
  if (missing.length > 0) throw new Error(`The worker needs ${missing.join(', ')}: see README.md`);
  for (const name of ['ISSUER', 'RESOURCE']) {
    if (!URL.canParse(environment[name])) throw new Error(`${name} is a URL, such as https://auth.example.com`);
  }
  if (!isJsonObject(environment.OPTIONS ?? '{}'))
    throw new Error('OPTIONS is an object in JSON, such as {"rememberConsent":true}');
}

function isJsonObject(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
