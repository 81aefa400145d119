// The tests say what the application does, in a global, and load the built server.
export const { sessions, sessionOptions, respond } = globalThis.sesseraApplication
