import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { bindOperations, boundTo, isBound } from './session-operations.js'

const operations = { sessionID: 'apple' } as unknown as Parameters<typeof bindOperations>[1]
const others = { sessionID: 'banana' } as unknown as Parameters<typeof bindOperations>[1]

const ofFramework = Object.create(IncomingMessage.prototype) as object
function frameworkRequest(): IncomingMessage & { res?: object } {
  return Object.setPrototypeOf(new IncomingMessage(new Socket()), ofFramework) as IncomingMessage
}

describe.each([
  ["a request of Node's", (): IncomingMessage & { res?: object } => new IncomingMessage(new Socket())],
  ["a framework's request", frameworkRequest],
])('the operations of %s', (_what, make) => {
  it('are found by the request, and by what inherits from it, which may get its own', () => {
    const request = make()
    expect([boundTo(request), isBound(request)]).toEqual([undefined, false])
    bindOperations(request, operations)
    const heir = Object.create(request) as object
    expect([boundTo(request), boundTo(heir), boundTo(make())]).toEqual([operations, operations, undefined])
    expect([isBound(request), isBound(heir)]).toEqual([true, false])
    bindOperations(heir, others)
    expect([boundTo(request), boundTo(heir)]).toEqual([operations, others])
  })

  it('are found by a proxy of it, and are the latest', () => {
    const request = make()
    request.res = { req: request }
    bindOperations(request, operations)
    bindOperations(request, others)
    expect(boundTo(new Proxy(request, {}))).toBe(others)
  })
})
