import { describe, expect, it } from 'vitest';
import { defaultPublicUrl, isLoopbackHost, parsePublicUrl } from './public-url.js';

describe('the public URL', () => {
  it.each([
    ['https://gate.example.com', 'https://gate.example.com'],
    ['https://gate.example.com/', 'https://gate.example.com'],
    ['https://GATE.example.com:443', 'https://gate.example.com'],
    ['http://localhost:8808', 'http://localhost:8808'],
    ['http://127.0.0.1:8808', 'http://127.0.0.1:8808'],
    ['http://127.9.9.9:1', 'http://127.9.9.9:1'],
    ['http://[::1]:8808', 'http://[::1]:8808'],
  ])('%s is %s', (text, origin) => {
    expect(parsePublicUrl(text)).toEqual({ ok: true, value: origin });
  });

  it.each([
    ['http://gate.example.com', 'must be https'],
    ['http://localhost.evil.test', 'must be https'],
    ['http://10.0.0.1', 'must be https'],
    ['http://[::2]', 'must be https'],
    ['https://gate.example.com/base', 'must be an origin only'],
    ['https://gate.example.com?', 'must be an origin only'],
    ['https://gate.example.com#', 'must be an origin only'],
    ['https://user:secret@gate.example.com', 'must not carry'],
    ['ftp://gate.example.com', 'must start with https://'],
    ['gate.example.com', 'must be a URL'],
  ])('refuses %s', (text, words) => {
    const parsed = parsePublicUrl(text);
    expect(parsed).toEqual({ ok: false, failure: expect.stringContaining(words) });
    expect(JSON.stringify(parsed)).not.toContain('secret');
  });

  it.each([
    [{ host: '127.0.0.1', port: 8808, tls: false }, 'http://127.0.0.1:8808'],
    [{ host: 'localhost', port: 9000, tls: true }, 'https://localhost:9000'],
    [{ host: '::1', port: 8808, tls: false }, 'http://[::1]:8808'],
    [{ host: '127.0.0.1', port: 443, tls: true }, 'https://127.0.0.1'],
  ])('defaults to the loopback address of %j', (bind, origin) => {
    expect(defaultPublicUrl(bind)).toEqual({ ok: true, value: origin });
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', 'gate.example.com'])('has no default when bound to %s', (host) => {
    const failure = expect.stringContaining('--public-url');
    expect(defaultPublicUrl({ host, port: 8808, tls: true })).toEqual({ ok: false, failure });
  });

  it('knows loopback by the address, not by its look', () => {
    expect(isLoopbackHost('[::1]')).toBe(true);
    expect(isLoopbackHost('::ffff:127.0.0.1')).toBe(true);
    expect(isLoopbackHost('127.0.0.1.example.com')).toBe(false);
    expect(isLoopbackHost('0.0.0.0')).toBe(false);
  });
});
