import { nodeListener } from '@portcullis/authorization-server/node';

/** The host on `node:http`: the server's paths by its adapter, the assets here. */
export function createNodeHost(server, assets) {
  return nodeListener(server, {
    elsewhere(request, response) {
      const asset = assets.get(request.url);
      if (asset === undefined) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { 'content-type': asset.contentType, 'x-content-type-options': 'nosniff' });
      response.end(asset.body);
    },
    onFault: console.error,
  });
}
