export { blockedRequest, type BlockedRequest } from '../guards/blocked-request.js'
export { returnPath } from '../guards/return-path.js'
export type { GuardOptions } from '../guards/rules.js'
export { sessionOf } from '../node/attached-session.js'
export { CurrentSession } from './current-session.js'
export { requireRecentSignIn, requireUser, resumeBlockedRequest, type NestResponse } from './guards.js'
export {
  SESSIONS,
  SessionsModule,
  type NestRequest,
  type SessionsModuleAsyncOptions,
  type SessionsModuleOptions,
} from './module.js'
