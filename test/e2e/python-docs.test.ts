import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { ROOT } from '../support/paths.js';
import { pythonEnvironment, pythonPath } from '../support/python.js';
import { startTokenForger, type TokenForger } from '../support/token-forger.js';

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

/** Runs Python with `code`, to its end. @throws with what it complains of */
async function runPython(code: string, input: string): Promise<string> {
  const child = spawn(pythonPath(), ['-c', code], { env: pythonEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [answer, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (complaint !== '') throw new Error(complaint);
  return answer;
}

describe('the verifier of docs/resource-server/python.md, with stand-ins for what it takes from the SDK', () => {
  let forger: TokenForger;

  beforeAll(async () => {
    forger = await startTokenForger(() => RESOURCE);
  });

  afterAll(() => forger?.close());

  async function verify(tokens: readonly string[]): Promise<unknown[]> {
    const asked = { code: verifier?.code, issuer: forger.issuer, resource: RESOURCE, tokens };
    return JSON.parse(await runPython(STAND_IN, JSON.stringify(asked))) as unknown[];
  }

  it('tells the SDK whose token it is and what it is for', async () => {
    const token = forger.mint({ scope: 'weather:read weather:write' });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(await verify([token])).toEqual([
      {
        token,
        client_id: 'a-client',
        scopes: ['weather:read', 'weather:write'],
        expires_at: claims['exp'],
        resource: RESOURCE,
        subject: 'subject-of-alice',
        claims,
      },
    ]);
  });

  it('RS-01 RS-02 RS-03 RS-04 RS-05 RS-06 takes no token that has a flaw', async () => {
    const forged = forger.forged();
    const answers = await verify([...forged.map(({ token }) => token), forger.mint()]);
    expect(forged.filter((_, index) => answers[index] !== null).map(({ flaw }) => flaw)).toEqual([]);
    expect(answers.at(-1)).toMatchObject({ resource: RESOURCE });
  });

  it('RS-12 keeps scopes together that only look as if they were two', async () => {
    const [answer] = await verify([forger.mint({ scope: 'weather:read\u00a0weather:write' })]);
    expect(answer).toMatchObject({ scopes: ['weather:read\u00a0weather:write'] });
  });

  it('stands in a server that Python can read', async () => {
    const code = 'import ast, json, sys; ast.parse(json.load(sys.stdin)); print("read")';
    expect(await runPython(code, JSON.stringify(around?.code))).toBe('read\n');
  });
});
