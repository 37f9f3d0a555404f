import { describe, expect, it } from 'vitest';
import type { Examination } from './examine.js';
import { CHECKS, type Check, note } from './finding.js';
import { formatReport } from './format-report.js';

const EXAMINATION: Examination = {
  asked: 'https://login.example.com',
  issuer: 'https://login.example.com',
  resource: undefined,
  preset: undefined,
  presetChoice: 'none',
  answers: [],
  jwksUri: undefined,
  areKeysElsewhere: false,
  introspectionEndpoint: undefined,
  findings: [
    { check: 'pkce', status: 'fail', message: 'not there', advice: 'mend it', rulesOut: 'direct' },
    { check: 'grants', status: 'pass', message: 'authorization_code' },
  ],
  token: undefined,
  verdict: { mode: 'bridge', reasons: [{ check: 'pkce', message: 'not there' }], isTokenGood: undefined },
};

describe('formatReport', () => {
  it('colours marks where there is colour, and tells them by words where there is none', () => {
    const coloured = formatReport(EXAMINATION, { colour: true, width: 80 });
    expect(coloured).toContain('\u001b[31mFAIL  \u001b[0m');
    expect(coloured).toContain('\u001b[32mok    \u001b[0m');
    const plain = formatReport(EXAMINATION, { colour: false, width: 80 });
    expect(plain).not.toContain('\u001b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colour adds, and nothing else
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });

  it('keeps within the width, down to a narrow one', () => {
    for (const width of [60, 80, 120]) {
      const lines = formatReport(EXAMINATION, { colour: false, width }).split('\n');
      const code = (line: string): boolean => line.startsWith('    npx portcullis');
      expect(lines.filter((line) => line.length > width && !code(line))).toEqual([]);
    }
  });

  it('has a place for everything that is looked at', () => {
    const checks = Object.keys(CHECKS) as Check[];
    const findings = checks.map((check) => note(check, `found out about ${check}.`));
    const report = formatReport({ ...EXAMINATION, findings }, { colour: false, width: 120 });
    for (const check of checks) expect(report).toContain(`found out about ${check}.`);
  });

  it('says by what name the server is to be put in where none was given', () => {
    const verdict = { mode: 'direct', reasons: [], isTokenGood: undefined } as const;
    const report = formatReport({ ...EXAMINATION, verdict }, { colour: false, width: 120 });
    expect(report).toContain("resource: 'https://YOUR_SERVER/mcp'");
    expect(report).toContain('Put the public URL of your server in the place of the resource');
    expect(report).not.toContain('CAPITALS');
  });
});
