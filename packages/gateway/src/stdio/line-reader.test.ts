import { describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.js';

function read(maxBytes: number, ...chunks: string[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader(maxBytes, (line, truncated) => lines.push(`${line.toString()}${truncated ? '…' : ''}`));
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  reader.end();
  return lines;
}

describe('LineReader', () => {
  it('joins pieces and splits chunks', () => {
    expect(read(100, 'a', 'b\nc', '\n', 'd\ne\n\nlast')).toEqual(['ab', 'c', 'd', 'e', '', 'last']);
  });

  it('takes a line of just the bound', () => {
    expect(read(4, 'abcd\nabcd', '\n')).toEqual(['abcd', 'abcd']);
  });

  it('F-09 holds no more than the bound of an endless line, says so once, and goes on after it', () => {
    expect(read(4, 'abc', 'def', 'ghi', 'j\nnext\n')).toEqual(['abcd…', 'next']);
  });

  it('keeps a character together that two chunks share', () => {
    const lines: string[] = [];
    const reader = new LineReader(100, (line) => lines.push(line.toString()));
    const bytes = Buffer.from('é\n');
    reader.push(bytes.subarray(0, 1));
    reader.push(bytes.subarray(1));
    expect(lines).toEqual(['é']);
  });
});
