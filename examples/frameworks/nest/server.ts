import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Server } from 'node:http'
import { SessionsModule } from 'sessera/nest'
import { ready, sessions } from '../shop/backend.js'
import { SessionsController, ShopController } from './controllers.js'

@Module({
  imports: [SessionsModule.forRoot({ sessions })],
  controllers: [ShopController, SessionsController],
})
class ShopModule {}

const app = await NestFactory.create(ShopModule, { logger: ['error', 'warn'] })
await app.listen(0, '127.0.0.1')
await ready(app.getHttpServer() as Server)
