import { describe, expect, it } from 'vitest';
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
