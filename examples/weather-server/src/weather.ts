/** What the sky does, as far as this example knows. */
const FORECASTS: Readonly<Record<string, string>> = {
  lisbon: 'Sunny, 24 °C, a light wind from the sea',
  london: 'Light rain, 11 °C',
  nairobi: 'Clouds and sun, 22 °C',
  oslo: 'Snow, −4 °C',
};

/** The alerts that people asked for, by whose they are. */
const alerts = new Map<string, string[]>();

/** The forecast for a city. */
export function forecastFor(city: string): string {
  return FORECASTS[city.trim().toLowerCase()] ?? `Nobody has looked at the sky over ${city} today`;
}

/** Keeps an alert for `owner`, and answers all of theirs. */
export function addAlert(owner: string, alert: string): readonly string[] {
  const mine = [...(alerts.get(owner) ?? []), alert].slice(-20);
  alerts.set(owner, mine);
  return mine;
}

/** Takes everybody's alerts away, and answers how many there were. */
export function removeAllAlerts(): number {
  const count = [...alerts.values()].flat().length;
  alerts.clear();
  return count;
}
