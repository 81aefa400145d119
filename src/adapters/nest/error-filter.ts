import { Catch, HttpException, Logger, type ArgumentsHost } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { STATUS_CODES } from 'node:http'
import { SesseraError } from '../../errors.js'

/** Responds to Sessera's errors with their `status`, `headers` and `code`; logs those of 500 and above. */
export class SessionErrorFilter extends BaseExceptionFilter {
  override catch(error: SesseraError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error // for the filters of GraphQL and others
    const { status, headers, code } = error
    if (status >= 500) new Logger('SessionsModule').error(error)
    const platform = this.httpAdapterHost?.httpAdapter
    const response: unknown = host.switchToHttp().getResponse()
    if (platform?.isHeadersSent(response) === false)
      for (const [name, value] of Object.entries(headers)) platform.setHeader?.(response, name, value)
    const body = { statusCode: status, message: STATUS_CODES[status], code }
    // oxlint-disable-next-line promise/valid-params -- not of a promise
    super.catch(new HttpException(body, status, { cause: error }), host)
  }
}
Catch(SesseraError)(SessionErrorFilter)
