import type { AuditEvent } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { createLogAuditSink } from './log-audit-sink.js';

const event: AuditEvent = {
  type: 'token.refused',
  outcome: 'refused',
  tenantId: 'default',
  occurredAtEpochSeconds: 1_800_000_000,
};

function lines(...events: AuditEvent[]): { level: string; fields: Record<string, unknown>; message: string }[] {
  const written: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const sink = createLogAuditSink({ write: (level, fields, message) => written.push({ level, fields, message }) });
  for (const one of events) sink.record(one);
  return written;
}

describe('createLogAuditSink', () => {
  it('writes one line an event, in the words of the catalogue', () => {
    expect(lines({ ...event, reason: 'code_expired', clientId: 'c' })).toEqual([
      {
        level: 'warn',
        message: 'A token request was refused',
        fields: { ...event, reason: 'code_expired', clientId: 'c' },
      },
    ]);
  });

  it('GW-18 escapes and bounds what strangers chose', () => {
    const [line] = lines({
      ...event,
      clientName: 'a\r\n{"level":"info"}\u001b[31m\u202e\u0000',
      target: 'x'.repeat(2_000_000),
    });
    expect(line?.fields['clientName']).toBe('a\\u000d\\u000a{"level":"info"}\\u001b[31m\\u202e\\u0000');
    expect(String(line?.fields['target'])).toHaveLength(2048 + '…[2000000 characters]'.length);
  });

  it('keeps the letters of every language as they are', () => {
    const [line] = lines({ ...event, clientName: 'Zoë 網關 🦊', scopes: ['é', 'plain'] });
    expect(line?.fields).toMatchObject({ clientName: 'Zoë 網關 🦊', scopes: ['é', 'plain'] });
  });

  it('keeps a first visit quiet and a failure loud', () => {
    const levels = lines(
      { ...event, type: 'access_token.refused', reason: 'missing' },
      { ...event, type: 'access_token.refused', reason: 'bad_signature' },
      { ...event, type: 'access_token.unproven', reason: 'dpop_nonce_missing' },
      { ...event, type: 'access_token.unproven', reason: 'dpop_proof_missing' },
      { ...event, reason: 'missing' },
      { ...event, outcome: 'failed' },
      { ...event, outcome: 'allowed' },
    ).map(({ level }) => level);
    expect(levels).toEqual(['info', 'warn', 'info', 'warn', 'warn', 'error', 'info']);
  });
});
