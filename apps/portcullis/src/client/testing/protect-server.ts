import { answerJson, type ScriptedServer } from './scripted-server.js';

/** What a protected server says and wants. */
export interface Protection {
  /** What the token endpoint wants. @defaultValue none */
  readonly clientSecret?: string;
  /** Members of the authorization server's metadata, beside or in place of the usual ones. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Members of the token response, beside or in place of the usual ones. */
  readonly tokens?: Readonly<Record<string, unknown>>;
  /** Results of MCP methods, in place of the usual ones. */
  readonly results?: Readonly<Record<string, unknown>>;
}

/** Makes of a scripted server an MCP server with one tool, protected by an authorization server at the same origin. */
export function protectServer(server: ScriptedServer, protection: Protection = {}): void {
  const { origin, href } = server.url;
  const { clientSecret, metadata, tokens } = protection;
  server.script = ({ method, headers, body, message }, response) => {
    const path = (response.req.url ?? '').split('?')[0] ?? '';
    if (path.startsWith('/.well-known/oauth-protected-resource')) {
      return answerJson(response, { resource: href, authorization_servers: [origin] });
    }
    if (path.startsWith('/.well-known/')) {
      return answerJson(response, {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        authorization_endpoint: `${origin}/authorize`,
        code_challenge_methods_supported: ['S256'],
        token_endpoint_auth_methods_supported: ['client_secret_post'],
        ...metadata,
      });
    }
    if (path === '/token') {
      const isRight = clientSecret === undefined || new URLSearchParams(body).get('client_secret') === clientSecret;
      if (!isRight) return answerJson(response, { error: 'invalid_client' }, 401);
      return answerJson(response, { access_token: 'at-1', token_type: 'Bearer', expires_in: 600, ...tokens });
    }
    if (headers.authorization !== `Bearer ${String(tokens?.['access_token'] ?? 'at-1')}`) {
      return void response
        .writeHead(401, {
          'www-authenticate': `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
        })
        .end();
    }
    if (message.id === undefined) return void response.writeHead(method === 'GET' ? 405 : 202).end();
    const { name } = message.params ?? {};
    const results: Record<string, unknown> = {
      initialize: { protocolVersion: '2025-11-25' },
      'tools/list': { tools: [{ name: 'add' }] },
      'tools/call': { content: [{ type: 'text', text: `did ${name}` }], isError: name === 'fail' },
      ...protection.results,
    };
    answerJson(response, { jsonrpc: '2.0', id: message.id, result: results[message.method ?? ''] });
  };
}
