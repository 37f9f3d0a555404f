import { currentCaller, requirePermission, requireScopes, withCaller } from '@portcullis/resource-server';
import { z } from 'zod';
import { addAlert, forecastFor, removeAllAlerts } from './weather.js';

const text = (words: string) => ({ content: [{ type: 'text' as const, text: words }] });

/** What a tool takes. */
export const CITY = z.object({ city: z.string().describe('Lisbon, London, Nairobi or Oslo') });
export const ALERT = z.object({ city: z.string(), when: z.string().describe('such as "below 0 °C"') });

/** Each tool says on its handler what it needs. The guard reads it there, and answers 403 before a call gets here. */
export const getForecast = requireScopes('weather:read')(({ city }: z.infer<typeof CITY>) => text(forecastFor(city)));

/** The caller is known inside: alerts are kept by who asked for them, and `issuer` is part of who that is. */
export const setAlert = requireScopes('weather:write')(({ city, when }: z.infer<typeof ALERT>) => {
  const { issuer, subject } = currentCaller();
  return text(`Your alerts: ${addAlert(`${issuer} ${subject}`, `${city}: ${when}`).join('; ')}`);
});

/** A permission is what the provider says of a person, such as a role. No sign-in adds it, so the guard does not ask for one. */
export const removeAlerts = requirePermission('weather-admin')(() => text(`${removeAllAlerts()} alerts removed`));

/** Whoever may call at all may ask who they are. */
export const whoAmI = withCaller(() => {
  const { subject, clientId, scopes, permissions } = currentCaller();
  return text(JSON.stringify({ subject, clientId, scopes, permissions }));
});
