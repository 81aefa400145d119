import { BadRequestException, Body, Controller, Delete, Get, Headers, HttpCode, Post, UseGuards } from '@nestjs/common'
import { signedInUser } from 'sessera'
import { CurrentSession, requireUser } from 'sessera/nest'
import { labelOf, readText } from '../../fleet/visitor.js'
import { sessions } from '../shop/backend.js'

/** A pipe for a JSON body with one text. */
const textIn = (field: string, maxLength: number) => ({
  transform(body: unknown): string {
    try {
      return readText(body, field, maxLength)
    } catch (error) {
      throw new BadRequestException((error as Error).message)
    }
  },
})

@Controller('api')
export class ShopController {
  @Get('session')
  show(@CurrentSession() session: CurrentSession) {
    return { user: session.userId ?? null, cart: session.data.cart ?? [] }
  }

  @Post('session')
  @HttpCode(204)
  signIn(
    @CurrentSession() session: CurrentSession,
    @Body(textIn('name', 64)) name: string, // a real application checks a password, too
    @Headers('user-agent') userAgent?: string,
  ) {
    session.signIn(name, { keep: ['cart'], label: labelOf(userAgent) })
  }

  @Delete('session')
  @HttpCode(204)
  signOut(@CurrentSession() session: CurrentSession) {
    session.end()
  }

  @Post('cart')
  @HttpCode(204)
  async add(@CurrentSession() session: CurrentSession, @Body(textIn('item', 80)) item: string) {
    await session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
  }
}

@Controller('api/sessions')
@UseGuards(requireUser())
export class SessionsController {
  @Get()
  list(@CurrentSession() session: CurrentSession) {
    return sessions.user(signedInUser(session)).list({ current: session })
  }

  @Delete()
  async signOutEverywhere(@CurrentSession() session: CurrentSession) {
    return { ended: await sessions.user(signedInUser(session)).end() }
  }

  @Delete('others')
  async signOutElsewhere(@CurrentSession() session: CurrentSession) {
    return { ended: await sessions.user(signedInUser(session)).end({ except: session }) }
  }
}
