import type { Session, Sessions } from 'sessera'
import { caller, type GatedStore } from './gated-store.js'
import { addTo, type Oracle } from './oracle.js'
import { keptKey, type ModelRequest, type Step } from './request.js'
import type { Values } from './sessions.js'

/** What requests are carried out with. */
export interface Surroundings {
  readonly sessions: Sessions<Values>
  readonly store: GatedStore
  readonly oracle: Oracle
}

/** Carries a request out, step by step, and tells the oracle what its handler and its browser are told. */
export async function visit(request: ModelRequest, { sessions, store, oracle }: Surroundings): Promise<void> {
  const enter = <Value>(work: () => Value): Value => caller.run(request, work)
  const opening = enter(() => sessions.open(request.cookie))
  const opened = await opening.catch((error: unknown) => oracle.refused(request, error))
  if (opened === undefined) return
  oracle.opened(request, opened.session)
  for (const step of request.steps) {
    try {
      await enter(() => (step === 'wait' ? store.wait() : take(step, opened.session, request, oracle)))
      oracle.shows(request, opened.session)
    } catch (error) {
      oracle.refused(request, error)
      request.fails = true
    }
  }
  request.begin(request.kindOfCommit(), oracle.now())
  try {
    oracle.committed(request, await enter(() => opened.commit(request.fails ? 503 : 200)))
  } catch (error) {
    oracle.refused(request, error)
  }
}

/** `sessions.end(handle)`, for the session of the request's cookie. */
export async function administer(request: ModelRequest, { sessions, oracle }: Surroundings): Promise<void> {
  const handle = /=(.{22})/.exec(request.cookie ?? '')?.[1]
  if (handle === undefined) return
  request.begin('administer', oracle.now())
  try {
    oracle.administered(request, handle, await caller.run(request, () => sessions.end(handle)))
  } catch (error) {
    oracle.refused(request, error)
  }
}

async function take(step: Step, session: Session<Values>, request: ModelRequest, oracle: Oracle): Promise<void> {
  const write = (values: Values): void => {
    request.write(values)
    Object.assign(session.data, values)
  }
  const { number } = request
  switch (step) {
    case 'fill':
      return write({ [keptKey]: 'kept', planted: 'planted', shared: -1 })
    case 'write':
      return write({ [`own${number}`]: number })
    case 'same':
      return write({ [keptKey]: number, shared: number })
    case 'update':
      return update(session, request, oracle)
    case 'save':
      return save(session, request, oracle)
    case 'rotate':
      request.rotates = true
      return session.rotate()
    case 'end':
      request.markEnd()
      return session.end()
    case 'ada':
    case 'bob':
      request.markSignIn(step)
      return session.signIn(step, { keep: [keptKey] })
    default:
      return undefined
  }
}

async function update(session: Session<Values>, request: ModelRequest, oracle: Oracle): Promise<void> {
  const change = (data: Values): void => addTo(data, request.number)
  if (request.worksInMemory) {
    const data = structuredClone(request.shown())
    change(data)
    request.write({ list: data['list'], count: data['count'] })
    return session.update(change)
  }
  const intent = request.begin('update', oracle.now())
  await session.update(change)
  oracle.stored(request, intent)
}

async function save(session: Session<Values>, request: ModelRequest, oracle: Oracle): Promise<void> {
  const isIdle = request.worksInMemory || Object.keys(request.changes).length === 0
  const intent = request.begin('save', oracle.now())
  await session.save()
  if (isIdle) return
  oracle.stored(request, intent)
  request.changes = {}
}
