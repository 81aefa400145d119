import { createSessions, memoryStore, type Sessions, type SessionStore } from 'sessera'
import { fakeClock, type FakeClock } from 'sessera/testing'
import { gatedStore, type Call, type GatedStore } from './gated-store.js'
import { Oracle } from './oracle.js'
import { ModelRequest, type Step } from './request.js'
import { policy, type Values } from './sessions.js'
import { administer, visit } from './visit.js'

/** A request to come: what it does, where, and which of the cookies known by then it brings: 0 is the latest. */
export interface Plan {
  readonly steps: readonly Step[]
  readonly backend: number
  readonly cookie?: number
}

/** What a store does wrong, to see whether the oracle notices. */
export type Sabotage = (store: SessionStore) => SessionStore

/** Three backends on one store, the requests of one visitor, and an oracle that watches. */
export class World {
  readonly clock: FakeClock = fakeClock()
  readonly oracle = new Oracle(this.clock.now)
  readonly store: GatedStore
  readonly #backends: readonly Sessions<Values>[]
  readonly #running = new Set<ModelRequest>()
  #arrived = 0
  /** How many calls failed for their callers. */
  givenUp = 0
  readonly #story: string[] = []

  constructor(sabotage: Sabotage = (store) => store) {
    this.store = gatedStore(sabotage(memoryStore({ now: this.clock.now })))
    this.#backends = [0, 1, 2].map(() => createSessions<Values>({ ...policy, store: this.store }))
  }

  /** A request arrives. What becomes of it is told to the oracle. */
  start({ steps, backend, cookie = 0 }: Plan): void {
    const { oracle } = this
    const known = oracle.cookies
    const request = new ModelRequest(this.#arrived++, steps, known.at(-1 - (cookie % (known.length + 1))))
    this.#running.add(request)
    this.#story.push(`${request.name} arrives at backend ${backend}`)
    const work = steps.includes('administer') ? administer : visit
    work(request, { sessions: this.#backends[backend]!, store: this.store, oracle })
      .catch((error: unknown) => oracle.complain(`${request.name} failed: ${String(error)}`))
      .finally(() => this.#running.delete(request))
  }

  /** Resolves when nothing moves any more but what waits at the gate. */
  async settled(): Promise<void> {
    await new Promise((resolve) => process.nextTick(resolve)) // comes after all promises that can settle
    const atGate = new Set(this.store.waiting.map(({ isLate, intent }) => (isLate ? undefined : intent.request)))
    if ([...this.#running].every((request) => atGate.has(request))) return
    // A write that is tried again waits for one turn of the event loop, which may have been asked for after ours.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** Those whose answer somebody waits for. */
  get callsUnderWay(): readonly Call[] {
    return this.store.waiting.filter(({ verb, isLate }) => verb !== 'wait' && !isLate)
  }

  /** Carries a call out, and gives its answer to whoever still waits for it. */
  async carryOut(call: Call): Promise<void> {
    this.#tell(call, 'is carried out')
    const answer = await call.carryOut()
    this.oracle.executed(call, answer)
    this.#leave(call)
    if (call.isLate) return
    this.oracle.answered(call, answer)
    call.answer(answer)
  }

  /** Carries a call out, but the answer gets lost: the client will send it again. */
  async loseAnswer(call: Call): Promise<void> {
    this.#tell(call, 'is carried out, and its answer gets lost')
    this.oracle.executed(call, await call.carryOut())
    call.isLost = true
  }

  /** Its caller gives up; the call may still be carried out, any time later. */
  giveUp(call: Call): void {
    this.#tell(call, 'is given up')
    this.givenUp++
    call.isLate = true
    call.intent.request.isExcused = true
    call.fail(new Error('the connection broke'))
  }

  /** Time passes. Where it is more than the deadline, whoever waits for the store has given up before. */
  advance(ms: number): void {
    if (ms > policy.deadline) for (const call of this.callsUnderWay) this.giveUp(call)
    this.#story.push(`${ms / 1000} seconds pass`)
    this.clock.advance(ms)
  }

  /** Looks with every cookie there is, now and when all of them must be over. Gives what went wrong, and how. */
  async end(): Promise<string | undefined> {
    const { oracle, clock } = this
    for (const cookie of oracle.cookies) await this.#look(cookie)
    clock.advance(policy.absoluteTimeout)
    for (const cookie of oracle.cookies) await this.#look(cookie)
    if (oracle.problems.length === 0) return undefined
    return [...oracle.problems, 'after', ...this.#story.map((line) => `  ${line}`)].join('\n')
  }

  async #look(cookie: string): Promise<void> {
    const request = new ModelRequest(this.#arrived, [], cookie)
    request.sees(this.oracle.view(cookie))
    const { session } = await this.#backends[0]!.open(cookie)
    this.oracle.opened(request, session)
  }

  #leave(call: Call): void {
    const { waiting } = this.store
    waiting.splice(waiting.indexOf(call), 1)
  }

  #tell({ verb, intent }: Call, what: string): void {
    this.#story.push(`${intent.request.name}: ${verb} for ${intent.kind} ${what}`)
  }
}
