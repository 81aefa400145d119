import { describe, expect, it } from 'vitest'
import { looksLocal, type RequestTraits } from './local-client.js'
import { findUser } from './peer-user.js'

const mozilla = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'

function request(
  headers: Record<string, string> = {},
  socket: RequestTraits['socket'] = { remoteAddress: '127.0.0.1', remotePort: 50_000, localPort: 3000 },
  version = '1.1',
): RequestTraits {
  const [major, minor] = version.split('.').map(Number)
  return {
    httpVersionMajor: major!,
    httpVersionMinor: minor!,
    headers: { host: 'localhost:3000', ...headers },
    socket,
  }
}

const peer = (remoteAddress: string, localPort = 3000): RequestTraits['socket'] => ({ remoteAddress, localPort })

describe('a request straight from this machine', () => {
  it.each<[what: string, request: RequestTraits]>([
    ['curl', request({ 'user-agent': 'curl/8.0' })],
    ['a program without a name', request()],
    ['fetch of Node', request({ connection: 'keep-alive', 'user-agent': 'node' })],
    ['a browser', request({ connection: 'keep-alive', 'user-agent': mozilla })],
    ['a browser that upgrades', request({ connection: 'keep-alive, Upgrade', 'user-agent': mozilla })],
    ['a form', request({ origin: 'http://localhost:3000', referer: 'http://localhost:3000/form' })],
    ['a form of a page that hides where it is', request({ origin: 'null' })],
    ['the page of a development server', request({ origin: 'http://127.0.0.1:5173' })],
    [
      'a link of another host, as the browser says',
      request({ referer: 'https://x.org/', 'sec-fetch-site': 'cross-site' }),
    ],
    ['IPv6', request({ host: '[::1]:3000' }, peer('::1'))],
    ['IPv4 on a socket for both', request({}, peer('::ffff:127.0.0.1'))],
    ['port 80', request({ host: 'localhost' }, peer('127.0.0.1', 80))],
    ['HTTP/2', request({ 'user-agent': mozilla }, peer('127.0.0.1'), '2.0')],
    ['a mock that knows no ports', request({ host: 'localhost:80' }, { remoteAddress: '127.0.0.1' })],
  ])('is known by all that it shows: %s', (_what, direct) => {
    expect(looksLocal(direct)).toBe(true)
  })
})

describe('a request by way of something else', () => {
  const proxyHeaders = [
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-real-ip',
    'x-client-ip',
    'cf-connecting-ip',
    'true-client-ip',
    'x-original-uri',
    'x-amzn-trace-id',
    'x-envoy-external-address',
  ]
  it.each(proxyHeaders)('is known by a header that proxies add: %s', (name) => {
    expect(looksLocal(request({ [name]: '1.2.3.4' }))).toBe(false)
  })

  it.each<[what: string, request: RequestTraits]>([
    ['another machine', request({}, peer('192.168.1.7'))],
    ['the gateway of a container', request({}, peer('172.17.0.1'))],
    ['no address, as of a Unix socket', request({}, {})],
    ['no socket', request({}, null)],
    ['another host', request({ host: 'example.org' })],
    ['another host at our port', request({ host: 'example.org:3000' })],
    ['no host', request({ host: '' })],
    ['the port of the proxy', request({ host: 'localhost:8080' })],
    ['the default port of the proxy', request({ host: 'localhost' })],
    ['HTTP/1.0, as nginx speaks it', request({}, peer('127.0.0.1'), '1.0')],
    ['a page of the public host', request({ origin: 'https://example.org' })],
    ['a link of the public host', request({ referer: 'https://example.org/' })],
    [
      'one that says it is the same host',
      request({ referer: 'https://example.org/', 'sec-fetch-site': 'same-origin' }),
    ],
    ['a referrer that is none', request({ referer: 'somewhere' })],
    ['a browser that does not keep its connection', request({ connection: 'close', 'user-agent': mozilla })],
    ['a browser that says nothing of its connection', request({ 'user-agent': mozilla })],
  ])('is known by any trait of it: %s', (_what, indirect) => {
    expect(looksLocal(indirect)).toBe(false)
  })
})

describe('the user of the peer, in the tables of Linux', () => {
  const four = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 8765 1 00000000f531f3aa 100 0 0 10 0
   1: 0100007F:0BB8 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 8766 1 00000000f531f3aa 100 0 0 10 0
   2: 0100007F:C350 0100007F:0BB8 01 00000000:00000000 00:00000000 00000000    33        0 8767 1 00000000f531f3aa 100 0 0 10 0
`
  const six = `  12: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000100007F:0BB8 01 00000000:00000000 00:00000000 00000000  1000        0 8 1 0000000016517617 100 0 0 10 0
`
  it('is that of the other end, not of ours', () => {
    expect(findUser(four, 50_000, 3000)).toBe(33)
    expect(findUser(six, 50_001, 3000)).toBe(1000)
  })

  it('is undefined if the connection is not listed', () => {
    for (const table of ['', four, six]) expect(findUser(table, 50_002, 3000)).toBeUndefined()
  })
})
