import type { RedisClient } from 'sessera/redis'
import { describe, expect, it } from 'vitest'
import { newHandle, type Handle } from '../../store.js'
import { listSessions } from './list-sessions.js'

const prefix = 'prefix:'

interface Node {
  readonly options: { readonly host: string; readonly port: number }
  readonly call: (...command: readonly string[]) => Promise<unknown>
}

/** A master that gives one session on each of its pages. */
function master(port: number, handles: readonly Handle[]): Node {
  return {
    options: { host: '127.0.0.1', port },
    async call(_scan, cursor) {
      const next = Number(cursor) + 1
      return [String(next === handles.length ? 0 : next), [prefix + handles[next - 1]]]
    },
  }
}

function clusterOf(nodes: () => readonly Node[]): RedisClient {
  return { call: () => undefined, callBuffer: () => undefined, nodes } as RedisClient
}

const sessions = Array.from({ length: 4 }, () => [newHandle(), newHandle(), newHandle()])
const nodes = sessions.map((handles, index) => master(7000 + index, handles))

describe('the list of sessions in a Cluster', () => {
  it('has each session once, in whatever order the client gives the masters', async () => {
    let order = nodes
    const list = listSessions(
      clusterOf(() => order),
      prefix,
    )
    const found: Handle[] = []
    let page = await list()
    found.push(...page.handles)
    while (page.after !== undefined) {
      order = [...order.slice(1), ...order.slice(0, 1)]
      page = await list(page.after)
      found.push(...page.handles)
    }
    expect(found.sort()).toEqual(sessions.flat().sort())
  })

  it('begins again when the master of the cursor is gone', async () => {
    let known = nodes
    const list = listSessions(
      clusterOf(() => known),
      prefix,
    )
    const { handles, after } = await list()
    const gone = sessions.findIndex((some) => some.includes(handles[0]!))
    known = [...nodes.filter((_, index) => index !== gone), master(7010, sessions[gone]!)]
    const found: Handle[] = []
    for (let next = after; next !== undefined;) {
      const page = await list(next)
      found.push(...page.handles)
      next = page.after
    }
    expect(found.sort()).toEqual(sessions.flat().sort())
  })

  it('shows no address in its cursors', async () => {
    const { after } = await listSessions(
      clusterOf(() => nodes),
      prefix,
    )()
    expect(after).toMatch(/^[\da-f]{16}-1$/)
  })
})
