import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { terminalText } from '../terminal-text.js';

const MAX_DESCRIPTION_LENGTH = 400;
const MAX_NAME_LENGTH = 200;
const MAX_LINE_LENGTH = 100_000;

/** Tools for a person: name and arguments on one line, what it does below. All of it is the server's, and is cleaned. */
export function formatTools(tools: readonly JsonObject[]): string {
  if (tools.length === 0) return 'The server has no tools, or none that this sign-in may see.';
  return tools
    .map((tool) => {
      const call = `${text(tool['name'], MAX_NAME_LENGTH)}(${formatArguments(tool['inputSchema'])})`;
      const description = text(tool['description'] ?? tool['title'], MAX_DESCRIPTION_LENGTH);
      return description === '' ? call : `${call}\n    ${description}`;
    })
    .join('\n');
}

/** `path, content, mode?` */
function formatArguments(schema: JsonValue | undefined): string {
  if (!isObject(schema) || !isObject(schema['properties'])) return '';
  const required = Array.isArray(schema['required']) ? (schema['required'] as readonly JsonValue[]) : [];
  return Object.keys(schema['properties'])
    .map((name) => terminalText(name, MAX_NAME_LENGTH) + (required.includes(name) ? '' : '?'))
    .join(', ');
}

/** The result of a tool for a person: texts as they are but cleaned, of everything else what it is. */
export function formatToolResult(result: JsonObject): string {
  const content = Array.isArray(result['content']) ? (result['content'] as readonly JsonValue[]) : [];
  const parts = content.filter(isObject).map(formatContent);
  const { structuredContent } = result;
  if (parts.length > 0 || structuredContent === undefined) return parts.join('\n');
  return cleanLines(JSON.stringify(structuredContent, undefined, 2));
}

function formatContent(content: JsonObject): string {
  const { type, text: words, mimeType, data, uri, resource } = content;
  if (type === 'text') return cleanLines(typeof words === 'string' ? words : '');
  const kind = [text(type, 40), text(mimeType, 100)].filter((part) => part !== '').join(' ');
  if (typeof data === 'string') return `[${kind}, ${Math.floor((data.length * 3) / 4)} bytes; --json has them]`;
  if (isObject(resource)) {
    const inside = resource['text'];
    return typeof inside === 'string' ? cleanLines(inside) : `[${kind} ${text(resource['uri'], 1000)}]`;
  }
  return `[${kind} ${text(uri, 1000)}]`;
}

/** Lines stay lines; nothing in them commands the terminal. */
function cleanLines(words: string): string {
  return words
    .split(/\r\n|\n/)
    .map((line) => terminalText(line.replaceAll('\t', '    '), MAX_LINE_LENGTH))
    .join('\n');
}

function text(value: JsonValue | undefined, maxLength: number): string {
  return typeof value === 'string' ? terminalText(value.replace(/\s+/g, ' '), maxLength) : '';
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
