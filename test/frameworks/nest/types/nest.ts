// With decorators, as an application writes them. Compiled and never run.
import { Body, Controller, Get, Inject, Module, Post, Req, Res, UseGuards } from '@nestjs/common'
import { createSessions, type Session, type SessionData, type Sessions } from 'sessera'
import {
  CurrentSession,
  requireRecentSignIn,
  requireUser,
  resumeBlockedRequest,
  sessionOf,
  SESSIONS,
  SessionsModule,
  type NestResponse,
} from 'sessera/nest'
import { check, type Equals } from '../../../packaging/types/equals.js'

declare module 'sessera' {
  interface SessionData {
    cart?: string[]
  }
}

const visits = createSessions<{ visits: number }>()

@Controller()
@UseGuards(requireUser({ redirectTo: '/login' }))
class Shop {
  constructor(@Inject(SESSIONS) readonly sessions: Sessions<SessionData>) {}

  @Get('cart')
  cart(@CurrentSession() session: CurrentSession): string[] {
    check<Equals<typeof session, Session<SessionData>>>()
    // @ts-expect-error not a key of the data
    session.data.basket = []
    return session.data.cart ?? []
  }

  @Post('email')
  @UseGuards(requireRecentSignIn('10m'))
  email(@Req() request: object, @Res() response: NestResponse, @Body() _body: object): void {
    check<Equals<ReturnType<typeof sessionOf<{ visits: number }>>, Session<{ visits: number }>>>()
    sessionOf(visits, request).data.visits = 1
    resumeBlockedRequest(request, response, '/account')
  }
}

class Config {
  idleTimeout = '30m' as const
}

@Module({
  imports: [
    SessionsModule.forRoot({ sessions: visits, onOutage: 'anonymous', renew: ({ url }) => url !== '/poll' }),
    SessionsModule.forRootAsync({
      inject: [Config],
      useFactory: ({ idleTimeout }: Config) => ({ sessions: createSessions({ idleTimeout }) }),
    }),
    // @ts-expect-error a missing option
    SessionsModule.forRoot({}),
  ],
  controllers: [Shop],
})
export class AppModule {}
