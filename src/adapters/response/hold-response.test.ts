import { once } from 'node:events'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gate } from 'sessera/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { heldServer, type Commit, type Protocol, type Response } from '../../../test/support/held-server.js'

const ours = 'ours=1; Path=/'
const atOnce: Commit = () => [ours]
const later: Commit = async () => [ours]

const large = 'x'.repeat(1_000_000)

/** Each of these answers with `body`. */
const waysToAnswer: Record<string, (response: Response) => void> = {
  'end(body)': (response) => response.end('body'),
  'write(), then end()': (response) => {
    response.write('bo')
    response.write(Buffer.from('dy'))
    response.end()
  },
  'writeHead(status), then end(body)': (response) => response.writeHead(200).end('body'),
  'writeHead(status, headers)': (response) => response.writeHead(200, { 'X-App': 'yes' }).end('body'),
  'writeHead(status, flat list)': (response) => response.writeHead(200, ['X-App', 'yes']).end('body'),
  'writeHead(status, list of pairs)': (response) => response.writeHead(200, [['X-App', 'yes']] as never).end('body'),
  'flushHeaders(), then end(body)': (response) => {
    response.flushHeaders()
    response.end('body')
  },
  'pipe()': (response) => Readable.from(['bo', 'dy']).pipe(response),
  'pipeline()': (response) => void pipeline(Readable.from(['bo', 'dy']), response),
  'pipeline() of a generator': (response) =>
    void pipeline(async function* () {
      yield 'bo'
      yield 'dy'
    }, response),
}

/** Those of which the first byte leaves before the last. */
const waysInParts = Object.entries(waysToAnswer).filter(([way]) => way !== 'end(body)')

describe.each(['HTTP/1.1', 'HTTP/2'] as const)('a held response over %s', (protocol) => {
  describe.each([
    ['at once', atOnce],
    ['later', later],
  ])('whose commit is done %s', (_when, commit) => {
    it.each(Object.entries(waysToAnswer))('is whole and carries the cookie when sent by %s', async (_way, answer) => {
      const { ask } = await heldServer(protocol, { commit }, answer)
      expect(await ask()).toMatchObject({ status: 200, headers: { 'set-cookie': [ours] }, body: 'body' })
    })

    it('is committed once, with the status that it is sent with', async () => {
      const statuses: number[] = []
      const counting: Commit = (status, whole) => {
        statuses.push(status)
        return commit(status, whole)
      }
      const { ask } = await heldServer(protocol, { commit: counting }, (response) => {
        response.statusCode = 200
        response.writeHead(404)
        response.write('a')
        response.end('b')
        response.end()
      })
      expect(await ask()).toMatchObject({ status: 404, body: 'ab' })
      expect(statuses).toEqual([404])
    })

    it.each([204, 304])('may have no body, with status %i', async (status) => {
      const { ask } = await heldServer(protocol, { commit }, (response) => response.writeHead(status).end())
      expect(await ask()).toMatchObject({ status, headers: { 'set-cookie': [ours] }, body: '' })
    })

    it('may answer HEAD', async () => {
      const { ask } = await heldServer(protocol, { commit }, (response) => {
        response.setHeader('Content-Length', 4)
        response.end('body')
      })
      expect(await ask({ method: 'HEAD' })).toMatchObject({
        status: 200,
        headers: { 'set-cookie': [ours], 'content-length': '4' },
        body: '',
      })
    })

    it('keeps the cookies of the application, and only one of our name', async () => {
      const { ask } = await heldServer(protocol, { commit }, (response) => {
        response.setHeader('Set-Cookie', ['theme=dark', 'ours=old', 'yours=ours=2', 'ours2=3'])
        response.end()
      })
      expect((await ask()).headers['set-cookie']).toEqual(['theme=dark', 'yours=ours=2', 'ours2=3', ours])
    })

    it('lets headers of writeHead take the place of earlier ones, and keeps what they repeat', async () => {
      const { ask } = await heldServer(protocol, { commit }, (response) => {
        response.setHeader('Set-Cookie', 'early=1')
        response.setHeader('X-App', 'early')
        response.writeHead(200, ['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-App', 'late'])
        response.end()
      })
      const { headers } = await ask()
      expect(headers['set-cookie']).toEqual(['a=1', 'b=2', ours])
      expect(headers['x-app']).toBe('late')
    })

    it('refuses what Node refuses while the handler can still answer otherwise, and commits nothing for it', async () => {
      const statuses: number[] = []
      const counting: Commit = (status, whole) => {
        statuses.push(status)
        return commit(status, whole)
      }
      const { ask } = await heldServer(protocol, { commit: counting }, (response) => {
        expect(() => response.write(1)).toThrow(TypeError)
        expect(() => response.end({})).toThrow(TypeError)
        expect(() => response.writeHead(99)).toThrow(RangeError)
        expect(() => response.writeHead(200, ['odd'])).toThrow()
        expect(() => response.writeHead(200, { 'X-App': undefined })).toThrow()
        response.statusCode = 500
        response.end('sorry')
      })
      expect(await ask()).toMatchObject({ status: 500, body: 'sorry' })
      expect(statuses).toEqual([500])
    })

    it('calls the callbacks of write and end', async () => {
      const called: string[] = []
      const { ask } = await heldServer(protocol, { commit }, (response) => {
        response.write('a', () => called.push('write'))
        response.end('b', 'utf8', () => called.push('end'))
      })
      await ask()
      await vi.waitFor(() => expect(called).toEqual(['write', 'end']))
    })

    it('takes a large body from a stream', async () => {
      const { ask } = await heldServer(protocol, { commit }, (response) => {
        Readable.from(Array.from({ length: 10 }, () => Buffer.from(large))).pipe(response)
      })
      expect((await ask()).body.length).toBe(10 * large.length)
    })

    it('warns of nothing', async () => {
      const warnings: unknown[] = []
      const note = (warning: unknown): void => void warnings.push(warning)
      process.on('warning', note)
      const { ask } = await heldServer(protocol, { commit }, (response) => response.writeHead(200, { a: 'b' }).end())
      await ask()
      process.off('warning', note)
      expect(warnings).toEqual([])
    })
  })

  it('sends no byte before the commit is done', async () => {
    const store = gate()
    const commit: Commit = async () => {
      await store.pass()
      return [ours]
    }
    let quick = false
    const { ask } = await heldServer(
      protocol,
      { commit: (status, whole) => (quick ? [] : commit(status, whole)) },
      (response) => {
        response.write('first')
        response.end('last')
      },
    )
    let arrived = false
    const answer = ask().finally(() => (arrived = true))
    await store.reached
    quick = true
    expect((await ask()).body).toBe('firstlast') // by now an early byte would have come
    expect(arrived).toBe(false)
    store.open()
    expect((await answer).body).toBe('firstlast')
  })

  it('gives its methods back when nothing was to wait for', async () => {
    let own: string[] = []
    const { ask } = await heldServer(protocol, { commit: atOnce }, (response) => {
      const prototype = Object.getPrototypeOf(response) as Response
      response.write('body')
      own = (['writeHead', 'write', 'end', 'flushHeaders'] as const).filter(
        (verb) => response[verb] !== prototype[verb],
      )
      response.end()
    })
    await ask()
    expect(own).toEqual([])
  })

  describe('while it is held', () => {
    it('has a head that looks sent to the handler, and no end that looks given to the host', async () => {
      const view: unknown[] = []
      const { ask } = await heldServer(protocol, { commit: later }, (response) => {
        response.setHeader('X-App', 'early')
        view.push(response.headersSent, response.write('a'), response.headersSent, response.writableEnded)
        for (const change of [
          () => response.setHeader('X-App', 'late'),
          () => response.removeHeader('X-App'),
          () => response.appendHeader('X-App', 'late'),
          () => response.writeHead(500, { 'X-App': 'late' }),
        ]) {
          expect(change).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }))
        }
        response.statusCode = 500
        if (protocol === 'HTTP/1.1') response.statusMessage = 'late'
        view.push(response.end('b') === response, response.writableEnded)
      })
      expect(await ask()).toMatchObject({ status: 200, headers: { 'x-app': 'early' }, body: 'ab' })
      expect(view).toEqual([false, false, true, false, true, false])
    })

    it.each<[string, (response: Response, told: (error: unknown) => void) => unknown]>([
      ['write()', (response) => response.write('late')],
      ['write() with a callback', (response, told) => response.write('late', told)],
      ['end()', (response) => response.end()],
      ['end(body)', (response) => response.end('late')],
      ['end() with a callback', (response, told) => response.end(told)],
    ])('may be written to after its end, which ends no process: %s', async (way, late) => {
      const [store, uncaught, told] = [gate(), [] as unknown[], [] as unknown[]]
      const note = (error: unknown): void => void uncaught.push(error)
      process.on('uncaughtException', note)
      onTestFinished(() => void process.off('uncaughtException', note))
      const commit: Commit = async () => {
        await store.pass()
        return [ours]
      }
      const { ask } = await heldServer(protocol, { commit }, async (response) => {
        response.end('body')
        late(response, (error) => told.push(error))
        await store.reached
        late(response, (error) => told.push(error))
        store.open()
        response.once('finish', () => late(response, (error) => told.push(error)))
      })
      expect((await ask()).body).toBe('body')
      if (way.includes('callback')) await vi.waitFor(() => expect(told).toHaveLength(3))
      for (const error of told) expect(error).toMatchObject({ code: 'ERR_STREAM_WRITE_AFTER_END' })
      expect(uncaught).toEqual([])
    })

    it('is full, and tells when there is room again', async () => {
      const { ask } = await heldServer(protocol, { commit: later }, async (response) => {
        const full = !response.write('a')
        if (full) await once(response, 'drain')
        response.end('b')
      })
      expect((await ask()).body).toBe('ab')
    })

    it('may lose its client: the commit is completed, and the server keeps running', async () => {
      const store = gate()
      let committed = false
      const commit: Commit = async () => {
        await store.pass()
        committed = true
        return [ours]
      }
      const left = gate()
      const { ask, leave } = await heldServer(protocol, { commit }, (response) => {
        response.once('close', () => void left.pass())
        response.write('a')
        response.end('b')
      })
      await leave(store.reached)
      await left.reached
      store.open()
      expect((await ask()).body).toBe('ab')
      expect(committed).toBe(true)
    })
  })

  describe('that has something to finish', () => {
    describe.each([
      ['at once', atOnce],
      ['later', later],
    ])('and whose commit is done %s', (_when, commit) => {
      describe.each([
        ['at once', (): void => {}],
        ['later', async (): Promise<void> => {}],
      ])('and which is finished %s', (_when, done) => {
        it.each(waysInParts)('is finished once, before its end, when sent by %s', async (_way, answer) => {
          const ended: boolean[] = []
          const { ask } = await finishing(protocol, commit, done, ended, answer)
          expect(await ask()).toMatchObject({ status: 200, headers: { 'set-cookie': [ours] }, body: 'body' })
          expect(ended).toEqual([false])
        })

        it('is not finished when it is sent as a whole, and the commit gets isWhole', async () => {
          const ended: boolean[] = []
          const whole: boolean[] = []
          const telling: Commit = (status, isWhole) => {
            whole.push(isWhole)
            return commit(status, isWhole)
          }
          const { ask } = await finishing(protocol, telling, done, ended, (response) => response.end('body'))
          expect((await ask()).body).toBe('body')
          expect([whole, ended]).toEqual([[true], []])
        })

        it('calls the callbacks of write and end', async () => {
          const called: string[] = []
          const { ask } = await finishing(protocol, commit, done, [], (response) => {
            response.write('a', () => called.push('write'))
            response.end('b', 'utf8', () => called.push('end'))
          })
          expect((await ask()).body).toBe('ab')
          await vi.waitFor(() => expect(called).toEqual(['write', 'end']))
        })

        it('gives back afterwards the methods that end nothing', async () => {
          let response: Response | undefined
          const { ask } = await finishing(protocol, commit, done, [], (given) => {
            response = given
            given.write('a')
            given.end('b')
          })
          await ask()
          const prototype = Object.getPrototypeOf(response) as Response
          for (const verb of ['writeHead', 'flushHeaders', 'setHeader'] as const)
            expect(response?.[verb]).toBe(prototype[verb])
          expect(response?.writableEnded).toBe(true)
        })
      })

      it('sends what was written, and keeps its end back until it is finished', async () => {
        const [sent, saving] = [gate(), gate()]
        const { ask } = await finishing(
          protocol,
          commit,
          () => saving.pass(),
          [],
          async (response) => {
            response.write('first ', () => void sent.pass())
            await sent.reached // so it left, though the end is still to come
            response.end('last')
          },
        )
        let arrived = false
        const answer = ask().finally(() => (arrived = true))
        await sent.reached
        sent.open()
        await saving.reached
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        expect(arrived).toBe(false)
        saving.open()
        expect((await answer).body).toBe('first last')
      })

      it('does not look ended while it is finished, and what comes then changes nothing', async () => {
        const saving = gate()
        const view: unknown[] = []
        const errors: unknown[] = []
        const { ask } = await finishing(
          protocol,
          commit,
          () => saving.pass(),
          [],
          async (response) => {
            response.on('error', (error) => errors.push(error))
            response.write('a')
            view.push(response.end('b') === response)
            await saving.reached
            view.push(response.headersSent, response.writableEnded)
            view.push(response.write('late'), response.end('late') === response)
            expect(() => response.setHeader('X-App', 'late')).toThrow(
              expect.objectContaining({ code: expect.stringMatching(/^ERR_HTTP2?_HEADERS_SENT$/) }),
            )
            saving.open()
          },
        )
        expect((await ask()).body).toBe('ab')
        expect([view, errors]).toEqual([[true, true, false, false, true], []])
      })

      it('is ended by the first of several ends, whenever they come', async () => {
        const ended: boolean[] = []
        const errors: unknown[] = []
        const done = async (): Promise<void> => {}
        const { ask } = await finishing(protocol, commit, done, ended, (response) => {
          response.on('error', (error) => errors.push(error))
          response.write('first ')
          response.end('last')
          response.end()
        })
        expect((await ask()).body).toBe('first last')
        expect([ended, errors]).toEqual([[false], []])
      })

      it('refuses an odd last chunk as Node does, and can be ended otherwise then', async () => {
        const ended: boolean[] = []
        const { ask } = await finishing(
          protocol,
          commit,
          async () => {},
          ended,
          (response) => {
            response.write('first ')
            expect(() => response.end({})).toThrow(TypeError)
            response.end('last')
          },
        )
        expect((await ask()).body).toBe('first last')
        expect(ended).toEqual([false])
      })

      it('may lose its client meanwhile, and the server keeps running', async () => {
        const [saving, left] = [gate(), gate()]
        const { ask, leave } = await finishing(
          protocol,
          commit,
          () => saving.pass(),
          [],
          (response) => {
            response.once('close', () => void left.pass())
            response.write('a')
            response.end('b')
          },
        )
        await leave(saving.reached)
        await left.reached
        saving.open()
        expect((await ask()).body).toBe('ab')
      })
    })

    it('is aborted if it cannot be finished, and the error is reported', async () => {
      const [lost, told] = [new Error('no store'), [] as unknown[]]
      const { ask } = await heldServer(
        protocol,
        { commit: atOnce, beforeEnd: () => Promise.reject(lost), onAborted: (error) => told.push(error) },
        (response) => {
          response.write('first')
          response.end('last')
        },
      )
      await expect(ask()).rejects.toThrow()
      expect(told).toEqual([lost])
    })

    it('is not finished when its commit failed', async () => {
      const ended: boolean[] = []
      const failing: Commit = async () => {
        throw new Error('no store')
      }
      const { ask } = await finishing(
        protocol,
        failing,
        async () => {},
        ended,
        (response) => {
          response.write('first ')
          response.end('last')
        },
      )
      expect(await ask()).toMatchObject({ status: 500, body: 'failed: Error: no store' })
      expect(ended).toEqual([])
    })
  })
})

/** A server that notes, when it is asked to finish, whether the response was ended by then. */
async function finishing(
  protocol: Protocol,
  commit: Commit,
  done: () => void | Promise<void>,
  ended: boolean[],
  handler: (response: Response) => unknown,
) {
  let response: Response | undefined
  const beforeEnd = (): void | Promise<void> => {
    ended.push(response?.writableEnded === true)
    return done()
  }
  return heldServer(protocol, { commit, beforeEnd }, (given) => {
    response = given
    return handler(given)
  })
}
