import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata } from '@nestjs/common'
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core'
import type { IncomingHttpHeaders } from 'node:http'
import type { Sessions } from '../../core/sessions.js'
import type { OpenOptions } from '../../options.js'
import { checkOpening, checkSessions } from '../check-options.js'
import type { SessionMiddlewareOptions } from '../node/middleware.js'
import { SessionErrorFilter } from './error-filter.js'
import { mountSessions } from './mount.js'

/** What every platform's request has. */
export interface NestRequest {
  readonly method?: string
  readonly url?: string
  readonly headers: IncomingHttpHeaders
}

/** Options of `SessionsModule`. */
export interface SessionsModuleOptions extends Pick<OpenOptions, 'onOutage'> {
  /** What `createSessions` returned. */
  readonly sessions: Pick<Sessions<object>, 'open'>
  /**
   * Whether reading the session renews it; a function decides for each request. Use `false` for pages that poll, so that they do not
   * keep a user signed in who has left. Default `true`.
   */
  readonly renew?: boolean | ((request: NestRequest) => boolean)
}

/** How `SessionsModule.forRootAsync` gets its options. */
export interface SessionsModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'>, Pick<FactoryProvider, 'inject'> {
  /** Gets what `inject` names. */
  readonly useFactory: (...injected: never[]) => SessionsModuleOptions | Promise<SessionsModuleOptions>
}

/** The token of what `createSessions` returned: `constructor(@Inject(SESSIONS) private readonly sessions: Sessions)`. */
export const SESSIONS: unique symbol = Symbol.for('sessera.sessions') as never
const options: unique symbol = Symbol('sessera.options')

/**
 * Gives each request of a Nest application its session, on Express and on Fastify, and stores it before the first byte of the response is sent.
 * Import it once, in the application's own module: it is global.
 *
 * It mounts the adapter of the platform before all that `main.ts` mounts, and adds a filter that sends the status and headers of Sessera's errors.
 * The application does not start with an option that cannot work: the error is an `InvalidOptionError`.
 */
// oxlint-disable-next-line typescript/no-extraneous-class -- Nest knows modules by their class
export class SessionsModule {
  /**
   * @example
   * ```ts
   * @Module({ imports: [SessionsModule.forRoot({ sessions })] })
   * class AppModule {}
   * ```
   */
  static forRoot(given: SessionsModuleOptions): DynamicModule {
    return SessionsModule.forRootAsync({ useFactory: () => given })
  }

  /**
   * For options that need other providers.
   *
   * @example
   * ```ts
   * SessionsModule.forRootAsync({
   *   inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ sessions: createSessions({ idleTimeout: config.get('IDLE_TIMEOUT') }) }),
   * })
   * ```
   */
  static forRootAsync({ imports = [], inject = [], useFactory }: SessionsModuleAsyncOptions): DynamicModule {
    const makeOptions = { provide: options, inject, useFactory: useFactory as FactoryProvider['useFactory'] }
    const mount = { provide: SESSIONS, inject: [options, HttpAdapterHost], useFactory: mountChecked }
    const filter = { provide: APP_FILTER, useClass: SessionErrorFilter }
    return {
      module: SessionsModule,
      global: true,
      imports,
      providers: [makeOptions, mount, filter],
      exports: [SESSIONS],
    }
  }
}
Module({})(SessionsModule)

async function mountChecked(
  given: SessionsModuleOptions,
  host: HttpAdapterHost,
): Promise<SessionsModuleOptions['sessions']> {
  const { sessions, ...opening } = given
  checkSessions(sessions)
  checkOpening(opening, [])
  await mountSessions(host, sessions, opening as SessionMiddlewareOptions)
  return sessions
}
