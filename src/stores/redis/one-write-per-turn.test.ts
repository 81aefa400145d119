import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { oneWritePerTurn } from './one-write-per-turn.js'

/** A connection, and what reached the system in each of its calls. */
function connect(): { readonly connection: Writable; readonly calls: string[] } {
  const calls: string[] = []
  const connection = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      calls.push(chunk)
      setImmediate(done)
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => chunk as string).join(' '))
      setImmediate(done)
    },
  })
  return { connection, calls }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('commands of one turn', () => {
  it('leave in one write, but the first at once, and so in the next turn', async () => {
    const { connection, calls } = connect()
    const collect = oneWritePerTurn(() => connection)
    const send = (command: string): void => {
      connection.write(command)
      collect()
    }
    for (const command of ['a', 'b', 'c']) send(command)
    expect(calls).toEqual(['a'])
    await turn()
    await turn()
    expect(calls).toEqual(['a', 'b c'])
    await turn()
    for (const command of ['d', 'e']) send(command)
    expect(calls).toEqual(['a', 'b c', 'd'])
    await turn()
    await turn()
    expect(calls).toEqual(['a', 'b c', 'd', 'e'])
  })

  it('are not held on a connection that came later', async () => {
    const [one, other] = [connect(), connect()]
    let current = one.connection
    const collect = oneWritePerTurn(() => current)
    collect()
    current = other.connection
    other.connection.write('a')
    collect()
    expect(other.calls).toEqual(['a'])
    one.connection.write('lost')
    one.connection.destroy()
    await turn()
    collect()
    expect(other.connection.writableCorked).toBe(1)
    await turn()
    expect(other.connection.writableCorked).toBe(0)
  })

  it.each([undefined, null, {}])('are sent as they are by a client whose connection is %j', (connection) => {
    expect(oneWritePerTurn(() => connection)).not.toThrow()
  })
})
