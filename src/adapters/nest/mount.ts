import type { HttpServer } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'
import type { FastifyInstance } from 'fastify'
import { InvalidArgumentError } from '../../errors.js'
import { expressSessions } from '../express.js'
import { fastifySessions } from '../fastify/index.js'
import type { SessionMiddlewareOptions } from '../node/middleware.js'
import type { OpensSessions } from '../node/request-sessions.js'

/**
 * Mounts sessions on Nest's platform, before all that the application mounts itself. A testing module gets its platform after its providers; an
 * application context has none.
 */
export async function mountSessions(
  host: HttpAdapterHost,
  sessions: OpensSessions,
  options: SessionMiddlewareOptions,
): Promise<void> {
  if (host.httpAdapter) await mountOn(host.httpAdapter, sessions, options)
  else host.init$.subscribe(() => host.httpAdapter && void mountOn(host.httpAdapter, sessions, options))
}

function mountOn(platform: HttpServer, sessions: OpensSessions, options: SessionMiddlewareOptions): unknown {
  switch (platform.getType()) {
    case 'express':
      return platform.use?.(expressSessions(sessions as never, options))
    case 'fastify':
      // Awaited, Fastify loads the plugin.
      return (platform.getInstance() as FastifyInstance).register(fastifySessions, { sessions, ...options } as never)
    default:
      throw new InvalidArgumentError('SessionsModule needs Nest on Express or Fastify: use one of these platforms.')
  }
}
