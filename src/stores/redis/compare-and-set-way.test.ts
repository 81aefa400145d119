import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Command } from './client.js'
import { chooseWay, type CompareAndSetWay } from './compare-and-set-way.js'
import { explainErrors } from './explain-errors.js'

const noScripts = new Error("NOPERM User app has no permissions to run the 'evalsha' command")
const noKey = new Error('NOPERM No permissions to access a key')
const unknownOption = new Error('ERR syntax error')
const full = new Error("OOM command not allowed when used memory > 'maxmemory'.")

/** A server with these replies by the name of the command; `sent` are the names. */
function serverWith(replies: Record<string, unknown>) {
  const sent: string[] = []
  const send = explainErrors(async (_key, [name]: Command) => {
    sent.push(name)
    const reply = replies[name]
    if (reply instanceof Error) throw new Error(reply.message)
    return reply
  })
  return { send, sent, replies }
}

const warnings = vi.fn<typeof process.emitWarning>()
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(warnings))
afterEach(() => {
  vi.restoreAllMocks()
  warnings.mockClear()
})

/** Which ways a write is tried by. */
async function waysOf(way: ReturnType<typeof chooseWay>, refuses?: CompareAndSetWay, refusal?: Error) {
  const tried: CompareAndSetWay[] = []
  const use = async (each: CompareAndSetWay): Promise<void> => {
    tried.push(each)
    if (each === refuses) throw refusal!
  }
  await way.run('key', use)
  return tried
}

describe('before the first session is stored', () => {
  it.each<[CompareAndSetWay, readonly string[]]>([
    ['scripts', ['EVALSHA']],
    ['commands', ['SET', 'ECHO']],
  ])('the preferred way (%s) is asked for once, and used from then on', async (preferred, commands) => {
    const { send, sent } = serverWith({ EVALSHA: [''], SET: null, ECHO: '' })
    const way = chooseWay(send, preferred)
    expect(await waysOf(way)).toEqual(['scripts'])
    for (let count = 0; count < 3; count += 1) await way.ensure('key')
    expect(sent).toEqual(commands)
    expect(await waysOf(way)).toEqual([preferred])
  })

  it.each([
    ['does not know the condition', unknownOption],
    ['ignores the condition', 'OK'],
  ])('a server that %s is used by scripts', async (_what, SET) => {
    const way = chooseWay(serverWith({ EVALSHA: [''], SET }).send, 'commands')
    await way.ensure('key')
    expect(await waysOf(way)).toEqual(['scripts'])
  })

  it.each([
    ['does not know the condition', unknownOption],
    ['ignores the condition', 'OK'],
  ])('a server that runs no scripts and %s is refused, with a warning', async (_what, SET) => {
    const way = chooseWay(serverWith({ EVALSHA: noScripts, SET }).send, 'commands')
    await expect(way.ensure('key')).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('+evalsha') as unknown,
    })
  })

  it('a server that is full says nothing, so nothing is stored; writes try both ways', async () => {
    const way = chooseWay(serverWith({ EVALSHA: noScripts, SET: full }).send, 'scripts')
    await expect(way.ensure('key')).rejects.toMatchObject({ code: 'STORE_FULL' })
    const refusal = await serverWith({ EVALSHA: noScripts })
      .send('key', ['EVALSHA'])
      .catch((error: unknown) => error as Error)
    expect(await waysOf(way, 'scripts', refusal as Error)).toEqual(['scripts', 'commands'])
    await expect(way.ensure('key')).rejects.toMatchObject({ code: 'STORE_FULL' })
  })

  it('a user who may not use the key is told so, not that scripts are denied', async () => {
    for (const preferred of ['scripts', 'commands'] as const) {
      const way = chooseWay(serverWith({ EVALSHA: noKey, SET: noKey }).send, preferred)
      await expect(way.ensure('key')).rejects.toThrow('denies this user a command')
    }
    expect(warnings).not.toHaveBeenCalled()
  })
})

describe('a write that is refused', () => {
  it('is tried the other way, and so are those after it', async () => {
    const { send, sent, replies } = serverWith({ EVALSHA: [''], SET: null, ECHO: '' })
    const way = chooseWay(send, 'commands')
    await way.ensure('key')
    sent.length = 0
    expect(await waysOf(way, 'commands', unknownOption)).toEqual(['commands', 'scripts'])
    expect(sent).toEqual(['EVALSHA'])
    replies['EVALSHA'] = noScripts
    const refusal = await send('key', ['EVALSHA']).catch((error: Error) => error)
    expect(await waysOf(way, 'scripts', refusal as Error)).toEqual(['scripts', 'commands'])
    expect(await waysOf(way)).toEqual(['commands'])
  })

  it('for another reason rejects with that', async () => {
    const way = chooseWay(serverWith({}).send, 'scripts')
    for (const reason of [noKey, full, unknownOption]) await expect(waysOf(way, 'scripts', reason)).rejects.toBe(reason)
  })
})
