import { describe, expect, it } from 'vitest';
import { clientDemandsText } from './client-demands.js';
import { renderHomePage } from './home-page.js';
import { escapeHtml } from './html.js';
import { renderMcpEndpointPage } from './mcp-endpoint-page.js';
import { home, mcpEndpoint } from './testing/samples.js';

describe('the page at an MCP address', () => {
  it('shows the address to paste, and every snippet as one piece that can be selected', () => {
    const page = renderMcpEndpointPage(mcpEndpoint);
    expect(page).toContain(`<code class="copy">${mcpEndpoint.mcpUrl}</code>`);
    for (const { client, code, language } of mcpEndpoint.snippets) {
      expect(page).toContain(`<summary>${client}</summary>`);
      expect(page).toContain(`<pre><code class="copy language-${language}">${escapeHtml(code)}</code></pre>`);
    }
    expect(page.match(/<details open>/g)).toHaveLength(1);
  });

  it('links documentation on the web, and nothing else that calls itself documentation', () => {
    expect(renderMcpEndpointPage(mcpEndpoint)).toContain('href="https://docs.example/everything"');
    expect(renderMcpEndpointPage({ ...mcpEndpoint, documentationUrl: 'javascript:alert(1)' })).not.toMatch(
      /javascript|documentation/,
    );
  });

  it('says which clients get in where more is demanded than usual, and nothing of that where it is not', () => {
    const page = (pushedRequests: boolean, boundTokens: boolean) => {
      const demands = clientDemandsText({ pushedRequests, boundTokens });
      return renderMcpEndpointPage({ ...mcpEndpoint, ...(demands === undefined ? {} : { demands }) });
    };
    expect(page(true, false)).toContain('Only clients that push their sign-in requests (RFC 9126) get in here.');
    expect(page(false, true)).toContain(
      'Only clients that prove a key with each request (DPoP, RFC 9449) get in here.',
    );
    expect(page(true, true)).toMatch(/push .* and prove a key .* get in here\. Ordinary clients do not/);
    expect(page(false, false)).not.toContain('get in here');
  });

  it('does without what it was not given', () => {
    const page = renderMcpEndpointPage({ mcpUrl: 'https://gate.example/mcp', displayName: 'Files', snippets: [] });
    expect(page).toContain('<h1>Files</h1>');
    expect(page).not.toMatch(/undefined|<details|class="lead"/);
  });
});

describe('the home page', () => {
  it('links the page of each server', () => {
    const page = renderHomePage(home);
    for (const { displayName, mcpUrl } of home.resources)
      expect(page).toContain(`<a href="${mcpUrl}">${displayName}</a>`);
  });

  it('links the account page', () => {
    expect(renderHomePage(home)).toContain('<a href="/account">Your applications</a>');
  });

  it('says so when there is none', () => {
    expect(renderHomePage({ resources: [], accountPath: '/account' })).toContain('There are none yet.');
  });
});
