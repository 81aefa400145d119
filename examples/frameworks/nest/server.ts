import 'reflect-metadata'
import { type ArgumentsHost, Catch, type MiddlewareConsumer, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Response } from 'express'
import type { Server } from 'node:http'
import { SesseraError } from 'sessera'
import { expressSessions, requireUser } from 'sessera/express'
import { BadRequestError } from '../../fleet/visitor.js'
import { ready, sessions } from '../shop/backend.js'
import { ShopController } from './controller.js'

@Module({ controllers: [ShopController] })
class ShopModule {
  configure(consumer: MiddlewareConsumer) {
    consumer.apply(requireUser()).forRoutes('api/sessions', 'api/sessions/*path')
  }
}

/** Nest makes a 500 of every error that is not its own. */
@Catch(SesseraError, BadRequestError)
class WithStatus {
  catch(error: SesseraError | BadRequestError, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse<Response>()
    if (error instanceof SesseraError) response.set(error.headers)
    response.status(error.status).send()
  }
}

const app = await NestFactory.create(ShopModule, { logger: ['error', 'warn'] })
app.use(expressSessions(sessions))
app.useGlobalFilters(new WithStatus())
await app.listen(0, '127.0.0.1')
await ready(app.getHttpServer() as Server)
