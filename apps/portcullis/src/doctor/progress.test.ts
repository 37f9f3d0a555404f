import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Terminal } from '../terminal.js';
import { showProgress } from './progress.js';

function written(isTTY: boolean): { readonly stderr: Terminal['stderr']; readonly texts: string[] } {
  const texts: string[] = [];
  const stderr = { isTTY, write: (text: string) => texts.push(text) > 0 } as unknown as Terminal['stderr'];
  return { stderr, texts };
}

describe('showProgress', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('tells at once on a terminal, on one line, and takes it off', () => {
    const { stderr, texts } = written(true);
    const progress = showProgress({ stderr }, false);
    progress.show('asking a.example');
    progress.show('fetching the keys');
    progress.end();
    expect(texts).toEqual(['\r\u001b[2Kasking a.example …', '\r\u001b[2Kfetching the keys …', '\r\u001b[2K']);
  });

  it('tells elsewhere what takes long, and nothing else', () => {
    const { stderr, texts } = written(false);
    const progress = showProgress({ stderr }, false);
    progress.show('asking a.example');
    vi.advanceTimersByTime(1000);
    progress.show('fetching\u001b[2J the keys');
    vi.advanceTimersByTime(2000);
    progress.end();
    vi.advanceTimersByTime(10_000);
    expect(texts).toEqual(['fetching[2J the keys …\n']);
  });

  it('is silent for programs', () => {
    const { stderr, texts } = written(true);
    const progress = showProgress({ stderr }, true);
    progress.show('asking');
    vi.advanceTimersByTime(10_000);
    progress.end();
    expect(texts).toEqual([]);
  });
});
