import { Body, Controller, Delete, Get, HttpCode, Post, Req } from '@nestjs/common'
import type { Request } from 'express'
import { labelOf, readText } from '../../fleet/visitor.js'
import { sessions } from '../shop/backend.js'

@Controller('api')
export class ShopController {
  @Get('session')
  show(@Req() { session }: Request) {
    return { user: session.userId ?? null, cart: session.data.cart ?? [] }
  }

  @Post('session')
  @HttpCode(204)
  signIn(@Req() request: Request, @Body() body: unknown) {
    const name = readText(body, 'name', 64) // a real application checks a password here
    request.session.signIn(name, { keep: ['cart'], label: labelOf(request.get('user-agent')) })
  }

  @Delete('session')
  @HttpCode(204)
  signOut(@Req() { session }: Request) {
    session.end()
  }

  @Post('cart')
  @HttpCode(204)
  async add(@Req() { session }: Request, @Body() body: unknown) {
    const item = readText(body, 'item', 80)
    await session.update((data) => {
      data.cart = [...(data.cart ?? []), item]
    })
  }

  @Get('sessions')
  list(@Req() { session }: Request) {
    return sessions.user(session.userId!).list({ current: session })
  }

  @Delete('sessions')
  async signOutEverywhere(@Req() { session }: Request) {
    return { ended: await sessions.user(session.userId!).end() }
  }

  @Delete('sessions/others')
  async signOutElsewhere(@Req() { session }: Request) {
    return { ended: await sessions.user(session.userId!).end({ except: session }) }
  }
}
