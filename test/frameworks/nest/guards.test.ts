import { Catch, type ArgumentsHost } from '@nestjs/common'
import type { Sessions } from 'sessera'
import { SesseraError } from 'sessera'
import {
  blockedRequest,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  returnPath,
  SessionsModule,
} from 'sessera/nest'
import { onTestFinished } from 'vitest'
import { describeGuards, type ServeShop } from '../guard-cases.js'
import { controllerOf, moduleOf, platforms, start, type Handler, type Platform, type Response } from './nest-harness.js'

const echo: Handler = (_session, request) => (request as { body?: unknown }).body ?? {}

const controllers = [
  controllerOf(
    '/login',
    (session, request, response) => {
      session.signIn('ada', { keep: ['blockedRequest'] as never })
      resumeBlockedRequest(request, response, '/home')
    },
    { passthrough: false },
  ),
  controllerOf('/account/:part', echo, { guards: [requireUser({ redirectTo: '/login' })] }),
  controllerOf('/plain', echo, { guards: [requireUser()] }),
  controllerOf('/email', echo, { guards: [requireRecentSignIn('10m', { redirectTo: '/confirm' })] }),
  controllerOf('/taken', (_session, request) => JSON.stringify(blockedRequest(request) ?? null)),
  controllerOf('/return', (_session, request) => returnPath(request, '/home')),
]

/** A filter of the application's own: it comes before that of the module. */
class SendCode {
  catch(error: SesseraError, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>()
    response.status(error.status)
    response.send(error.code)
  }
}
Catch(SesseraError)(SendCode)

function shopOn(platform: Platform): ServeShop {
  return async (sessions: Sessions, mounted) => {
    const imports = mounted === 'not mounted' ? [] : [SessionsModule.forRoot({ sessions, onOutage: 'anonymous' })]
    const app = await start(platform, moduleOf(imports, controllers))
    onTestFinished(() => app.close())
    app.useGlobalFilters(new SendCode())
    await app.listen(0, '127.0.0.1')
    return app.getUrl()
  }
}

for (const platform of platforms) describeGuards(`Nest on ${platform}`, shopOn(platform))
