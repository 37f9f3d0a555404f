import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { ROOT } from '../support/paths.js';
import { runPython } from '../support/python.js';
import { type ForgedToken, startTokenForger, type TokenForger } from '../support/token-forger.js';

// The verifier of docs/resource-server/python.md as it stands there, on Debian's PyJWT. The official Python SDK is not in
// Debian, and this suite installs nothing from elsewhere: what the class takes from it, one protocol and one model with the
// fields of version 2, has a stand-in here. So this proves the verification, and not that the SDK calls it.
const STAND_IN = `
import asyncio, dataclasses, json, sys, types
from typing import Any, Protocol

class TokenVerifier(Protocol):
    async def verify_token(self, token: str) -> "AccessToken | None": ...

@dataclasses.dataclass(frozen=True)
class AccessToken:
    token: str
    client_id: str
    scopes: list[str]
    expires_at: int | None = None
    resource: str | None = None
    subject: str | None = None
    claims: dict[str, Any] | None = None

for name in ("mcp", "mcp.server", "mcp.server.auth", "mcp.server.auth.provider"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["mcp.server.auth.provider"].TokenVerifier = TokenVerifier
sys.modules["mcp.server.auth.provider"].AccessToken = AccessToken

asked = json.load(sys.stdin)
names = {}
exec(compile(asked["code"], "python.md", "exec"), names)

async def verify_all():
    verifier = names["PortcullisTokenVerifier"](asked["issuer"], asked["resource"])
    return [await verifier.verify_token(token) for token in asked["tokens"]]

answers = asyncio.run(verify_all())
print(json.dumps([None if answer is None else dataclasses.asdict(answer) for answer in answers]))
`;

const RESOURCE = 'https://weather.example.com/mcp';
const blocks = codeBlocks(readFileSync(join(ROOT, 'docs/resource-server/python.md'), 'utf8'));
const [verifier, around] = blocks.filter(({ language }) => language === 'python');

describe('the verifier of docs/resource-server/python.md, with stand-ins for what it takes from the SDK', () => {
  let forger: TokenForger;
  let good: string;
  let forged: readonly ForgedToken[];
  /** For the good token, for one with a scope that only looks like two, and for each that was forged. */
  let answers: readonly unknown[];

  beforeAll(async () => {
    forger = await startTokenForger(() => RESOURCE);
    good = forger.mint({ scope: 'weather:read weather:write' });
    forged = forger.forged();
    const lookalike = forger.mint({ scope: 'weather:read\u00a0weather:write' });
    const tokens = [good, lookalike, ...forged.map(({ token }) => token)];
    const asked = { code: verifier?.code, issuer: forger.issuer, resource: RESOURCE, tokens };
    answers = JSON.parse((await runPython(['-c', STAND_IN], JSON.stringify(asked))).stdout) as unknown[];
  });

  afterAll(() => forger?.close());

  it('tells the SDK whose token it is and what it is for', () => {
    const claims = JSON.parse(Buffer.from(good.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
    expect(answers[0]).toEqual({
      token: good,
      client_id: 'a-client',
      scopes: ['weather:read', 'weather:write'],
      expires_at: claims['exp'],
      resource: RESOURCE,
      subject: 'subject-of-alice',
      claims,
    });
  });

  it('RS-12 keeps a scope in one that only looks like two', () => {
    expect(answers[1]).toMatchObject({ scopes: ['weather:read\u00a0weather:write'] });
  });

  it('RS-01 RS-02 RS-03 RS-04 RS-05 RS-06 takes no token that has a flaw', () => {
    const judged = forged.map(({ flaw }, index) => [flaw, answers[index + 2]]);
    expect(judged).toEqual(forged.map(({ flaw }) => [flaw, null]));
  });

  it('stands in a server that Python can read', async () => {
    const code = 'import ast, json, sys; ast.parse(json.load(sys.stdin)); print("read")';
    expect((await runPython(['-c', code], JSON.stringify(around?.code))).stdout).toBe('read\n');
  });
});
