import assert from 'node:assert/strict'
import { describeAdapter, type AdapterHarness, type TestRunner } from 'sessera/testing'

/** Why a case is left out, by its name. */
export type LeftOut = Readonly<Record<string, string>>

/** Cases that say nothing of an application on tRPC. */
export const notOfTrpc: LeftOut = {
  'an empty response carries the cookie': 'tRPC sends a body with every response, which a 204 cannot have',
  '"not modified" carries the cookie': 'tRPC sends a body with every response, which a 304 cannot have',
  'a response to HEAD carries the cookie': 'tRPC answers HEAD itself, and calls no procedure',
  'the first byte of a stream is not sent before the session is saved':
    'tRPC sends the head of a stream before its procedures are done, so they cannot make a session',
  'the first byte of a stream is sent without waiting for the rest':
    'tRPC sends the head of a stream before its procedures are done, so they cannot make a session',
  'a stream whose session cannot be saved becomes an error, with nothing of the stream':
    'tRPC has sent the status of a stream by then, so only the call fails',
  'what a stream changes after its first byte is not saved, and an event tells so':
    'a procedure of a stream stores what it changes when it is done',
  "a streamed response keeps the application's caching headers":
    'tRPC sends the head of a stream before a procedure could say what belongs there',
  'a streamed response is private, because its handler may still read the session':
    'tRPC streams in a format of its own, with headers of its own: trpc.test.ts looks at them',
  'a streamed response costs one load, however many chunks it has':
    'tRPC streams in a format of its own: trpc.test.ts counts the loads',
}

/** On servers of Node. */
export const notOfTrpcOnNode: LeftOut = {
  'a response whose handler never read the session keeps its headers':
    'tRPC writes every response as if it were a stream, so it is private unless the application says otherwise',
}

/** The suite for adapters but for some cases, each skipped with its reason. A name that no case has is a failure. */
export function describeAdapterWithout(
  leftOut: LeftOut,
  { describe, it }: TestRunner,
  name: string,
  harness: AdapterHarness,
): void {
  const unknown = new Set(Object.keys(leftOut))
  const register = (caseName: string, run: () => Promise<void>): unknown => {
    unknown.delete(caseName)
    const reason = leftOut[caseName]
    return reason === undefined ? it(caseName, run) : it.skip?.(`${caseName} (skipped: ${reason})`, run)
  }
  describeAdapter({ describe, it: Object.assign(register, it.skip && { skip: it.skip }) }, name, harness)
  it(`what is left out for ${name} is in the suite`, async () => assert.deepEqual([...unknown], []))
}
