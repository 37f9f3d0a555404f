export { callerOfRequest, type ExpressRequest, type ExpressResponse, expressGuard } from './express-guard.js';
