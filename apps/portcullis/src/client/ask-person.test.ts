import { describe, expect, it } from 'vitest';
import type { Terminal } from '../terminal.js';
import { askPerson, formatDevicePrompt } from './ask-person.js';
import { formatSeconds } from './waiting.js';

const terminal = { stderr: { write: () => true }, environment: {} } as unknown as Terminal;

describe('asking a person', () => {
  it('is by one way', () => {
    const ways = [{ device: true }, { paste: true }, { openCommand: 'firefox' }, { clientCredentials: true }];
    for (const first of ways) {
      for (const second of ways.filter((way) => way !== first)) {
        expect(() => askPerson({ ...first, ...second }, terminal)).toThrow('exclude each other');
      }
    }
  });

  it.each([
    [{}, 'authorization_code'],
    [{ device: true }, 'device_code'],
    [{ clientCredentials: true }, 'client_credentials'],
  ])('by %j is the grant %s', (options, kind) => {
    expect(askPerson(options, terminal).grant.kind).toBe(kind);
  });

  it('CX-03 shows a code and an address that command nothing', () => {
    const text = formatDevicePrompt({
      userCode: 'AB\u001b[31mCD',
      verificationUri: 'https://as.example/device\u202e',
      verificationUriComplete: 'https://as.example/device?code=1',
      expiresInSeconds: 60,
    });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('https://as.example/device and enter the code');
    expect(text).toContain('With the code in it: https://as.example/device?code=1');
  });

  it('says times as a person does', () => {
    expect([5, 60, 270, 3600, 5400, 200_000].map(formatSeconds)).toEqual([
      '5 s',
      '1 min',
      '4 min 30 s',
      '1 h',
      '1 h 30 min',
      '2 days',
    ]);
  });
});
