let hasWarned = false

/** Warns, once a process, of a sign-in whose session keeps the id that it had before, when somebody else may have learnt or planted it. */
export function warnOfKeptId(): void {
  if (hasWarned) return
  hasWarned = true
  process.emitWarning(
    'A user was set in a session that keeps its id, so whoever knew the id before is signed in too: call req.session.regenerate() first, ' +
      'and set the user in its callback.',
    { code: 'SESSERA_SESSION_ID_KEPT' },
  )
}
