import { Readable } from 'node:stream'
import { fastify, type FastifyReply } from 'fastify'
import { fastifySessions, sessionOf } from 'sessera/fastify'
import { describeAdapter, type AdapterHarness, type AdapterResponse } from 'sessera/testing'
import { describe, it } from 'vitest'

const harness: AdapterHarness = {
  async serve(sessions, routes, mounts) {
    const app = fastify({ forceCloseConnections: true })
    for (let mounted = 0; mounted < mounts; mounted++) await app.register(fastifySessions, { sessions })
    for (const [path, route] of Object.entries(routes)) {
      app.all(path, async (request, reply) => answer(reply, await route(sessionOf(sessions, request))))
    }
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    return { origin, close: () => app.close() }
  },
}

function answer(reply: FastifyReply, { status = 200, headers = {}, body }: AdapterResponse): FastifyReply {
  reply.code(status)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  return reply.send(typeof body === 'string' || body === undefined ? body : Readable.from(body))
}

describeAdapter({ describe, it }, 'the adapter for Fastify', harness)
