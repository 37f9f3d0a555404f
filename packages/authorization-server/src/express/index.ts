export { type ExpressRequest, expressHandler } from './express-handler.js';
