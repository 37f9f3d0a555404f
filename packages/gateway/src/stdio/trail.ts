import type { AuditEvent, AuditSink, Platform } from '@portcullis/ports';
import type { Caller } from '../upstream/upstream.js';
import type { ProcessEnd } from './server-process.js';
import type { StdioSettings } from './settings.js';

/** What a stdio upstream takes from outside. */
export interface StdioUpstreamPorts {
  readonly platform: Platform;
  readonly audit: AuditSink;
  /** One line of a server's stderr: at most 2 kB, without control characters. It is a stranger's text; clients never
   * see it. Left out, it is dropped. */
  readonly onStderrLine?: (line: string) => void;
}

/** Writes the events of one process to the trail, each with the process's caller. */
export class Trail {
  readonly #ports: StdioUpstreamPorts;
  readonly #settings: StdioSettings;
  readonly #caller: Caller;
  #reportedForeignOutput = false;

  constructor(ports: StdioUpstreamPorts, settings: StdioSettings, caller: Caller) {
    this.#ports = ports;
    this.#settings = settings;
    this.#caller = caller;
  }

  /** A process was started for a request. */
  started(correlationId: string, pid: number): void {
    this.#record('upstream.started', 'allowed', { correlationId, detail: `process ${pid}` });
  }

  /** A process ended; `openCalls` requests were left without an answer. */
  ended(end: ProcessEnd, openCalls: number): void {
    switch (end.kind) {
      case 'not_started':
        this.#record('upstream.failed', 'failed', {
          reason: end.errorCode === 'ENOENT' ? 'command_not_found' : 'not_started',
          detail: `${this.#settings.command}: ${end.errorCode}`,
        });
        break;
      case 'stopped':
        if (end.reason === 'line_too_long') this.#record('upstream.failed', 'failed', { reason: end.reason });
        else this.#record('upstream.stopped', 'allowed', { reason: end.reason });
        break;
      case 'exited': {
        const detail = end.signal === null ? `exit code ${end.exitCode}` : `signal ${end.signal}`;
        if (end.exitCode === 0 && openCalls === 0) {
          this.#record('upstream.stopped', 'allowed', { reason: 'server_ended', detail });
        } else this.#record('upstream.failed', 'failed', { reason: 'crashed', detail });
        break;
      }
    }
  }

  /** stdout carried something that is no JSON-RPC message. Recorded once per process. */
  foreignOutput(): void {
    if (this.#reportedForeignOutput) return;
    this.#reportedForeignOutput = true;
    this.#record('upstream.failed', 'failed', { reason: 'stdout_not_json_rpc' });
  }

  /** Hands on one line of stderr. */
  stderrLine(line: string): void {
    this.#ports.onStderrLine?.(line);
  }

  #record(type: AuditEvent['type'], outcome: AuditEvent['outcome'], rest: Partial<AuditEvent>): void {
    this.#ports.audit.record({
      type,
      outcome,
      tenantId: this.#settings.tenantId,
      occurredAtEpochSeconds: this.#ports.platform.clock.nowEpochSeconds(),
      subject: this.#caller.subject,
      clientId: this.#caller.clientId,
      upstream: this.#settings.name,
      ...rest,
    });
  }
}
