import { SessionEndedError } from '../../errors.js'
import { Session } from '../api/session.js'
import type { RequestSession } from './request-session.js'
import { operationsOf, type RequestWithStore } from './session-operations.js'

const { save: originalSave } = Session.prototype

/** Stores a session at the end of its request, by its own method if the application replaced that. It is no failure if the session has ended. */
export async function saveAtEnd(session: Session, operations: RequestSession): Promise<void> {
  const isOurs = session.save === originalSave && operationsOf(session.req as RequestWithStore) === operations
  try {
    await (isOurs ? operations.saveAtEnd(session) : callSave(session))
  } catch (error) {
    if (!(error instanceof SessionEndedError)) throw error
  }
}

function callSave(session: Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.save((error: unknown) => {
      if (error) reject(error)
      else resolve()
    })
  })
}
