import { parseEndpointUrl } from '@portcullis/client';
import { nodePlatform } from '@portcullis/ports/node';
import { parseResourceIdentifier } from '@portcullis/protocol';
import type { PresetName } from '@portcullis/resource-server';
import { formatJson } from '../cli/format-json.js';
import { EXIT_CODE, ProgramError, usageError } from '../program-error.js';
import { showsColour, type Terminal } from '../terminal.js';
import { examine } from './examine.js';
import { formatReport } from './format-report.js';
import { openWayOut } from './probe-context.js';
import { showProgress } from './progress.js';
import { exitCodeOf, tellEnd } from './tell-verdict.js';
import { readToken } from './token/read-token.js';
import { viewReport } from './view-report.js';

/** What `portcullis doctor` is told. */
export interface DoctorOptions {
  readonly resource?: string;
  readonly preset?: PresetName;
  readonly tokenStdin?: boolean;
  readonly json?: boolean;
  /** Seconds. */
  readonly timeout?: number;
  readonly allowPrivate?: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 10;
const NARROWEST = 60;
const WIDEST = 120;

/** `portcullis doctor ISSUER`. @throws {ProgramError} where it does not end with 0; the report is printed before */
export async function runDoctor(issuer: string, options: DoctorOptions, terminal: Terminal): Promise<void> {
  const { resource, preset, json = false } = options;
  const url = readIssuer(issuer);
  checkResource(resource);
  const token = options.tokenStdin === true ? await readToken(terminal.stdin) : undefined;
  const progress = showProgress(terminal, json);
  const examination = await examine(
    {
      issuer,
      fetch: openWayOut(url, { allowPrivate: options.allowPrivate === true }),
      timeoutMilliseconds: (options.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
      progress: progress.show,
    },
    { resource, preset, token, nowEpochSeconds: nodePlatform.clock.nowEpochSeconds() },
  ).finally(progress.end);
  const { stdout, environment } = terminal;
  const layout = {
    colour: showsColour(stdout, environment),
    width: Math.min(WIDEST, Math.max(NARROWEST, stdout.columns ?? WIDEST)),
  };
  stdout.write(`${json ? formatJson(viewReport(examination)) : formatReport(examination, layout)}\n`);
  const exitCode = exitCodeOf(examination);
  if (exitCode !== EXIT_CODE.ok) throw new ProgramError(tellEnd(examination), exitCode);
}

/** Neither is normalised: the provider's own spelling is what counts, and what is looked for. */
function readIssuer(text: string): URL {
  const parsed = parseEndpointUrl(text);
  if (parsed.ok && parsed.value.search === '') return parsed.value;
  throw usageError(
    !parsed.ok && parsed.failure === 'plain_http'
      ? 'ISSUER: it has to be https (http is for this computer)'
      : 'ISSUER: it is a URL such as https://login.example.com/tenant, without user, query and fragment; the settings of the provider have it',
  );
}

function checkResource(resource: string | undefined): void {
  if (resource === undefined) return;
  const parsed = parseResourceIdentifier(resource);
  if (parsed.ok) return;
  throw usageError(
    parsed.failure === 'plain_http'
      ? '--resource: it has to be https (http is for this computer)'
      : '--resource: it is the URL of your server as clients call it, such as https://files.example.com/mcp',
  );
}
