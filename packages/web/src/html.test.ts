import { describe, expect, it } from 'vitest';
import { escapeHtml, type HtmlValue, html } from './html.js';

describe('html', () => {
  it('escapes text and attribute values', () => {
    const hostile = `"><script>alert('x')</script>&`;
    expect(html`<p title="${hostile}">${hostile}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;">&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;</p>',
    );
  });

  it('passes its own markup through, joins arrays and renders nothing for nothing', () => {
    const items = ['<1>', 2].map((item) => html`<li>${item}</li>`);
    expect(html`<ul>${items}${undefined}${null}${false}</ul>`.toString()).toBe('<ul><li>&lt;1&gt;</li><li>2</li></ul>');
  });

  it('does not take an object that merely looks like markup for markup', () => {
    const forged = { toString: () => '<script>', map: () => ['<script>'] } as unknown as HtmlValue;
    expect(html`<p>${forged}</p>`.toString()).toBe('<p>&lt;script&gt;</p>');
  });

  it('refuses a value in an attribute without quotes', () => {
    expect(() => html`<p title=${'x onclick=alert(1)'}>`).toThrow(TypeError);
    expect(() => html`<p title= ${'x'}>`).toThrow(TypeError);
  });

  it('escapes what is already escaped once more, so that text is shown as it was written', () => {
    expect(escapeHtml('&lt;')).toBe('&amp;lt;');
  });
});
