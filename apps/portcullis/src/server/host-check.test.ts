import { describe, expect, it } from 'vitest';
import { createHostCheck } from './host-check.js';

describe('GW-06 the host of a request', () => {
  it.each([
    ['https://gate.example', 'gate.example'],
    ['https://gate.example', 'GATE.example:443'],
    ['http://localhost', 'localhost:80'],
    ['http://127.0.0.1:8808', '127.0.0.1:8808'],
    ['http://[::1]:8808', '[::1]:8808'],
  ])('%s is also %s', (publicUrl, host) => {
    expect(createHostCheck(publicUrl, '127.0.0.1')(host)).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'evil.test',
    'evil.test:8808',
    'gate.example.evil.test',
    'gate.example.',
    'gate.example:80',
    'gate.example:8443',
    'gate.example, evil.test',
    'user@gate.example',
  ])('refuses %s', (host) => {
    expect(createHostCheck('https://gate.example', '0.0.0.0')(host)).toMatchObject({ status: 421 });
    expect(createHostCheck('https://gate.example', '127.0.0.1')(host)).toMatchObject({
      status: 403,
      text: expect.stringContaining('https://gate.example'),
    });
  });
});
