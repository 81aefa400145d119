import { EventEmitter, once } from 'node:events'
import { load, withHosts } from './hosts.js'
import { describeHost } from './virtual-cases.js'
import type { VirtualHost } from './virtual-hosts.js'

// In a file of its own, since applications of Express are spoilt for other hosts once such a mock went through one.

withHosts()

const askMocks: VirtualHost = async (application, path, cookie) => {
  const { createRequest, createResponse } = load('node-mocks-http')
  const request = createRequest({ method: 'GET', url: path, headers: cookie === undefined ? {} : { cookie } })
  const response = createResponse({ eventEmitter: EventEmitter, req: request })
  const ended = once(response, 'end')
  application(request, response)
  await ended
  return {
    status: response.statusCode,
    body: response._getData(),
    setCookies: [response.getHeader('set-cookie') ?? []].flat(),
  }
}

describeHost('node-mocks-http', askMocks, true)
