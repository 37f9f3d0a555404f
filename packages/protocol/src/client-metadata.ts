// What clients say of themselves, apart from the main entry: it needs a schema library, and nothing of the main entry does.
export * from './oauth/client-description.js';
export * from './oauth/client-id-metadata-document.js';
export * from './oauth/client-metadata.js';
