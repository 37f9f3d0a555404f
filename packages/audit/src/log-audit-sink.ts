import { AUDIT_EVENTS, type AuditEvent, type AuditEventType, type AuditSink } from '@portcullis/ports';
import { cleanText } from './clean-text.js';

/** Where log lines go: one call is one line. */
export interface LogWriter {
  write(level: LogLevel, fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** How loud a line is. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Refusals that are part of every first visit: a client that has no token yet, or no nonce, is no cause for alarm. */
const QUIET_REASONS: Partial<Record<AuditEventType, readonly string[]>> = {
  'access_token.refused': ['missing'],
  'access_token.unproven': ['dpop_nonce_missing', 'dpop_nonce_stale'],
};

/**
 * Writes each event as one structured line. Texts are cleaned of control and bidirectional characters and bounded, so
 * that no stranger's name can forge a line, colour a terminal or fill a disk.
 */
export function createLogAuditSink(writer: LogWriter): AuditSink {
  return {
    record(event) {
      const fields: Record<string, unknown> = {};
      // Not by `Object.entries`: there is an event for each token, and the pairs cost as much as the cleaning.
      for (const name in event) {
        const value = event[name as keyof AuditEvent];
        if (value !== undefined) fields[name] = cleanValue(value);
      }
      writer.write(levelOf(event), fields, AUDIT_EVENTS[event.type]);
    },
  };
}

function levelOf(event: AuditEvent): LogLevel {
  if (event.outcome === 'failed') return 'error';
  if (event.outcome !== 'refused') return 'info';
  return QUIET_REASONS[event.type]?.includes(event.reason ?? '') === true ? 'info' : 'warn';
}

function cleanValue(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.slice(0, 100).map(cleanValue);
  return value;
}
