export { type ClientDemands, clientDemandsText } from './client-demands.js';
export { buildClientSnippets, type Snippet } from './client-snippets.js';
export { type HomePage, renderHomePage } from './home-page.js';
export { type Html, type HtmlValue, html } from './html.js';
export type { PageOptions } from './layout.js';
export { type McpEndpointPage, renderMcpEndpointPage } from './mcp-endpoint-page.js';
export { createPages } from './pages.js';
export { renderStatusPage, type StatusPage } from './status-page.js';
export { STYLESHEET_PATH, stylesheet } from './stylesheet.js';
