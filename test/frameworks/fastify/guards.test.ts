import { fastify, type FastifyPluginCallback, type FastifyRequest } from 'fastify'
import { SesseraError } from 'sessera'
import {
  blockedRequest,
  fastifySessions,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
} from 'sessera/fastify'
import { describe, onTestFinished } from 'vitest'
import { hasPackages, requireFrom } from '../../support/packages.js'
import { describeGuards, type ServeShop } from '../guard-cases.js'

const serve: ServeShop = async (sessions, mounted) => {
  const app = fastify({ forceCloseConnections: true })
  onTestFinished(() => void app.close())
  await app.register(requireFrom('frameworks')('@fastify/formbody') as FastifyPluginCallback)
  if (mounted !== 'not mounted') await app.register(fastifySessions, { sessions, onOutage: 'anonymous' })
  app.setErrorHandler((error, _request, reply) => {
    if (!SesseraError.is(error)) throw error
    return reply.code(error.status).send(error.code)
  })
  const echo = async ({ body }: FastifyRequest): Promise<unknown> => body ?? {}
  app.post('/login', async (request, reply) => {
    request.session.signIn('ada', { keep: ['blockedRequest'] })
    return resumeBlockedRequest(request, reply, '/home')
  })
  app.all('/plain', { preHandler: requireUser() }, echo)
  app.all<{ Params: { part: string } }>('/account/:part', { preHandler: requireUser({ redirectTo: '/login' }) }, echo)
  app.get('/email', { preHandler: requireRecentSignIn('10m', { redirectTo: '/confirm' }) }, echo)
  app.get('/taken', async (request) => JSON.stringify(blockedRequest(request) ?? null))
  app.get('/return', async (request) => returnPath(request, '/home'))
  return app.listen({ host: '127.0.0.1', port: 0 })
}

describe.skipIf(!(await hasPackages('frameworks')))('in its framework', () => {
  describeGuards('Fastify', serve)
})
