import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { tellCertificateDoubts } from './certificate-doubts.js';

const FROM = Date.parse('2026-11-01T00:00:00Z');
const TO = Date.parse('2026-12-01T00:00:00Z');
const NOW = Date.parse('2026-11-15T00:00:00Z') / 1000;

type Name = { readonly type: 2; readonly value: string } | { readonly type: 7; readonly ip: string };
const dns = (value: string): Name => ({ type: 2, value });
const ip = (address: string): Name => ({ type: 7, ip: address });

async function certificate(...names: readonly Name[]): Promise<Buffer> {
  const { cert } = await generate([{ name: 'commonName', value: 'common.example.com' }], {
    keyType: 'ec',
    notBeforeDate: new Date(FROM),
    notAfterDate: new Date(TO),
    // Without any it would give the common name as an alternative one.
    extensions:
      names.length === 0
        ? [{ name: 'basicConstraints', cA: false }]
        : [{ name: 'subjectAltName', altNames: [...names] }],
  });
  return Buffer.from(cert);
}

const tell = (pem: Buffer, publicUrl: string, now = NOW): readonly string[] =>
  tellCertificateDoubts(pem, '/srv/cert.pem', publicUrl, now);

describe('the names of a TLS certificate', () => {
  it.each([
    ['https://gate.example.com', dns('gate.example.com')],
    ['https://GATE.example.com.:8443', dns('gate.example.com')],
    ['https://gate.example.com', dns('*.example.com')],
    ['https://127.0.0.1:8808', ip('127.0.0.1')],
    ['https://[::1]:8808', ip('::1')],
    ['https://localhost', dns('localhost')],
  ])('%s is covered by %j', async (publicUrl, name) => {
    expect(tell(await certificate(name), publicUrl)).toEqual([]);
  });

  it.each([
    ['https://gate.example.com', 'gate.example.com', dns('example.com'), 'it is for example.com'],
    ['https://a.gate.example.com', 'a.gate.example.com', dns('*.example.com'), 'it is for *.example.com'],
    ['https://gate.example.com', 'gate.example.com', dns('ga*.example.com'), 'it is for ga*.example.com'],
    ['https://127.0.0.1', '127.0.0.1', dns('127.0.0.1'), 'it is for 127.0.0.1'],
    ['https://gate.example.com', 'gate.example.com', ip('10.0.0.7'), 'it is for 10.0.0.7'],
  ])('%s is not covered: told are %s, what it has and what to do', async (publicUrl, host, name, has) => {
    const doubts = tell(await certificate(name), publicUrl);
    expect(doubts).toHaveLength(1);
    expect(doubts[0]).toContain(
      `The TLS certificate /srv/cert.pem does not name ${host}, the host of the public URL: ${has}. `,
    );
    expect(doubts[0]).toContain(`Get one for ${host}, or give the host that clients use with --public-url`);
  });

  it('a common name is none of them', async () => {
    expect(tell(await certificate(), 'https://common.example.com')).toEqual([
      expect.stringContaining('it names no host at all (a common name does not count)'),
    ]);
  });

  it('of many are told a few', async () => {
    const names = Array.from({ length: 8 }, (_, index) => dns(`h${index}.example.com`));
    const [doubt] = tell(await certificate(...names), 'https://gate.example.com');
    expect(doubt).toContain('h4.example.com and 3 more.');
  });

  it('cannot command a terminal', async () => {
    const [doubt] = tell(await certificate(dns('a\u001b[2J, DNS:"b')), 'https://gate.example.com');
    expect(doubt).not.toContain('\u001b');
  });
});

describe('the time of a TLS certificate', () => {
  const url = 'https://gate.example.com';

  it('is told when it is over, or has not come', async () => {
    const pem = await certificate(dns('gate.example.com'));
    expect(tell(pem, url, TO / 1000 + 1)).toEqual([expect.stringContaining('has expired, at 2026-12-01T00:00:00Z.')]);
    expect(tell(pem, url, FROM / 1000 - 1)).toEqual([
      expect.stringContaining('is not valid before 2026-11-01T00:00:00Z.'),
    ]);
    for (const now of [FROM / 1000, TO / 1000]) expect(tell(pem, url, now)).toEqual([]);
  });

  it('is told beside a wrong name', async () => {
    expect(tell(await certificate(dns('example.com')), url, TO / 1000 + 1)).toHaveLength(2);
  });
});
