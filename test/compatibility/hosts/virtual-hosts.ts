import { load, type Any } from './hosts.js'

export interface Answer {
  readonly status: number
  readonly body: string
  readonly setCookies: readonly string[]
}

/** Runs an application without a server of its own, for one request. */
export type VirtualHost = (application: Any, path: string, cookie: string | undefined) => Promise<Answer>

/** Those that make functions of applications, and those that test them without a socket. */
export const virtualHosts: Readonly<Record<string, VirtualHost>> = {
  '@codegenie/serverless-express': (application, path, cookie) =>
    askLambda(load('@codegenie/serverless-express')({ app: application }), path, cookie),

  '@vendia/serverless-express': (application, path, cookie) =>
    askLambda(load('@vendia/serverless-express')({ app: application }), path, cookie),

  'serverless-http': (application, path, cookie) => askLambda(load('serverless-http')(application), path, cookie),

  '@h4ad/serverless-adapter': (application, path, cookie) => {
    const { ServerlessAdapter } = load('@h4ad/serverless-adapter')
    const { ApiGatewayV2Adapter } = load('@h4ad/serverless-adapter/adapters/aws')
    const { ExpressFramework } = load('@h4ad/serverless-adapter/frameworks/express')
    const { DefaultHandler } = load('@h4ad/serverless-adapter/handlers/default')
    const { PromiseResolver } = load('@h4ad/serverless-adapter/resolvers/promise')
    const handler = ServerlessAdapter.new(application)
      .setFramework(new ExpressFramework())
      .setHandler(new DefaultHandler())
      .setResolver(new PromiseResolver())
      .addAdapter(new ApiGatewayV2Adapter())
      .build()
    return askLambda(handler, path, cookie)
  },

  'aws-serverless-express': async (application, path, cookie) => {
    const host = load('aws-serverless-express')
    const server = host.createServer(application)
    const event = { httpMethod: 'GET', path, headers: cookie === undefined ? {} : { cookie }, requestContext: {} }
    const { statusCode, body, headers, multiValueHeaders } = await host.proxy(server, event, {}, 'PROMISE').promise
    server.close()
    return { status: statusCode, body, setCookies: setCookiesIn(multiValueHeaders ?? headers) }
  },

  'light-my-request': async (application, path, cookie) => {
    const headers = cookie === undefined ? {} : { cookie }
    const answer = await load('light-my-request')(application, { method: 'GET', url: path, headers })
    return {
      status: answer.statusCode,
      body: answer.payload,
      setCookies: [answer.headers['set-cookie'] ?? []].flat(),
    }
  },
}

/** An event of API Gateway, version 2. */
async function askLambda(handler: Any, path: string, cookie: string | undefined): Promise<Answer> {
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    cookies: cookie === undefined ? [] : [cookie],
    headers: { host: 'localhost', ...(cookie === undefined ? {} : { cookie }) },
    requestContext: {
      accountId: '1',
      apiId: 'api',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      requestId: 'request',
      routeKey: '$default',
      stage: '$default',
      time: '',
      timeEpoch: 0,
    },
    isBase64Encoded: false,
  }
  const { statusCode, body, cookies, headers, multiValueHeaders } = await handler(event, {})
  return { status: statusCode, body, setCookies: cookies ?? setCookiesIn(multiValueHeaders ?? headers) }
}

// Where a header can stand only once, these hosts spell the name of each cookie's in another way.
function setCookiesIn(headers: Readonly<Record<string, string | readonly string[]>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (name.toLowerCase() === 'set-cookie' ? value : []))
}
