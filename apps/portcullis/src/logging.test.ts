import { describe, expect, it } from 'vitest';
import { createLogger, createLogWriter, formatLogLine } from './logging.js';

const entry = {
  level: 'warn',
  time: '2026-11-23T12:34:56.000Z',
  type: 'request.refused',
  tenantId: 'default',
  reason: 'unknown_host',
  httpStatus: 403,
  scopes: ['a', 'b'],
  msg: 'A request was refused',
};

describe('the line of an event', () => {
  const { level: _level, time: _time, msg, ...fields } = entry;
  const logTo = (lines: string[], level: 'info' | 'warn') =>
    createLogger({ level, pretty: false, colour: false }, { write: (line) => void lines.push(line) });

  it('is like every other of the logger', () => {
    const lines: string[] = [];
    const logger = logTo(lines, 'info');
    logger.warn(fields, msg);
    createLogWriter(logger).write('warn', fields, msg);
    const [usual = '', event = ''] = lines.map((line) => line.replace(/"time":"[^"]*Z"/, '"time":"now"'));
    expect(event).toBe(usual);
    expect(event).toContain('"time":"now"');
    expect(event.endsWith('\n')).toBe(true);
  });

  it('is left out below the level of the logger', () => {
    const lines: string[] = [];
    const writer = createLogWriter(logTo(lines, 'warn'));
    writer.write('info', fields, msg);
    writer.write('error', fields, msg);
    expect(lines).toHaveLength(1);
  });
});

describe('a log line at a terminal', () => {
  it('is one readable line', () => {
    expect(formatLogLine(JSON.stringify(entry), false)).toBe(
      '12:34:56  warn   request.refused  A request was refused  reason=unknown_host httpStatus=403 scopes=["a","b"]\n',
    );
  });

  it('says who issued the token only where something went wrong', () => {
    const line = (level: string) =>
      formatLogLine(JSON.stringify({ ...entry, level, issuer: 'https://as.test' }), false);
    expect(line('info')).not.toContain('issuer');
    expect(line('warn')).toContain('issuer=https://as.test');
  });

  it('has colour only when asked', () => {
    expect(formatLogLine(JSON.stringify(entry), true)).toContain('\u001b[33mwarn ');
    expect(formatLogLine(JSON.stringify(entry), false)).not.toContain('\u001b');
  });

  it('GW-18 lets no text of a stranger end the line, move the cursor or change the direction', () => {
    const hostile = 'a\n12:00:00 info forged\r\u001b[2J\u009b31m\u202eevil';
    const line = formatLogLine(JSON.stringify({ ...entry, target: hostile, msg: hostile }), false);
    expect(line.match(/\n/g)).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});
