import type { Template } from '../case.js';
import { AUTHORIZE_TEMPLATES } from './authorize.js';
import { DOCUMENT_TEMPLATES } from './documents.js';
import { REGISTER_TEMPLATES } from './register.js';
import { TOKEN_TEMPLATES } from './token.js';
import { TOKENS_IN_USE_TEMPLATES } from './tokens-in-use.js';

/** Everything that is asked of both servers. */
export const TEMPLATES: readonly Template[] = [
  ...AUTHORIZE_TEMPLATES,
  ...TOKEN_TEMPLATES,
  ...TOKENS_IN_USE_TEMPLATES,
  ...REGISTER_TEMPLATES,
  ...DOCUMENT_TEMPLATES,
];
