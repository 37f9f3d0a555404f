import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { guardTools, type ProtectedResource } from '@portcullis/resource-server';
import { ALERT, CITY, getForecast, removeAlerts, setAlert, whoAmI } from './tools.js';

/** Makes servers on SDK v1. */
export function weatherOnV1(resource: ProtectedResource): () => McpServer {
  return guardTools(
    resource,
    () => new McpServer({ name: 'weather', version: '1.0.0' }),
    (server) => {
      server.registerTool(
        'get_forecast',
        { description: 'The weather in a city', inputSchema: CITY.shape },
        getForecast,
      );
      server.registerTool('set_alert', { description: 'Tells you when it comes', inputSchema: ALERT.shape }, setAlert);
      server.registerTool('remove_alerts', { description: "Removes everybody's alerts" }, removeAlerts);
      server.registerTool('who_am_i', { description: 'Whom the server takes you for' }, whoAmI);
    },
  );
}
