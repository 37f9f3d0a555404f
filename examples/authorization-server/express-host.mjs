import { expressHandler } from '@portcullis/authorization-server/express';
import express from 'express';

/** The host on Express: the server's paths by its middleware, before every body parser; the assets are the application's. */
export function createExpressHost(server, assets) {
  const app = express();
  app.disable('x-powered-by');
  // Behind a proxy: app.set('trust proxy', 'loopback'), or wherever it is. Rate limits go by what it says.
  app.use(expressHandler(server));
  for (const [path, { contentType, body }] of assets) {
    app.get(path, (_request, response) => {
      response.set('x-content-type-options', 'nosniff').type(contentType).send(body);
    });
  }
  return app;
}
