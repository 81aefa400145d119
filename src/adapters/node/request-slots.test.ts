import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { requestSlots } from './request-slots.js'

const request = (): IncomingMessage => new IncomingMessage(new Socket())

describe('a request slot', () => {
  it.each<[what: string, make: () => object]>([
    ["a request of Node's", request],
    ['another stream', () => new PassThrough()],
    ['a request made by hand', () => ({ headers: {} })],
    ['a frozen one', () => Object.freeze({ headers: {} })],
    ['one whose stream is frozen', () => ({ _readableState: Object.freeze({}) })],
    ['one with something else as its stream', () => ({ _readableState: 'none' })],
    ['one without a stream', () => ({ _readableState: null })],
  ])('keeps the value of %s, and of no other', (_what, make) => {
    const slots = requestSlots()
    const [one, other, none] = [make(), make(), make()]
    slots.set(one, 'one')
    slots.set(other, 'other')
    expect([one, other, none].map((each) => slots.get(each))).toEqual(['one', 'other', undefined])
  })

  it('changes nothing that anybody can see', () => {
    const one = request()
    const state = (one as unknown as { readonly _readableState: object })._readableState
    const before = [Reflect.ownKeys(one), Reflect.ownKeys(state)]
    requestSlots().set(one, 'one')
    expect([Reflect.ownKeys(one), Reflect.ownKeys(state)]).toEqual(before)
  })

  it('gives nothing to another request that shares the stream, and keeps both apart', () => {
    const slots = requestSlots()
    const one = new Readable()
    const copy = Object.assign(Object.create(null) as object, one)
    slots.set(one, 'one')
    expect(slots.get(copy)).toBe(undefined)
    slots.set(copy, 'copy')
    expect([slots.get(one), slots.get(copy)]).toEqual(['one', 'copy'])
  })

  it('keeps the latest value, and knows whose it is', () => {
    const slots = requestSlots()
    const one = request()
    const heir = Object.create(one) as object
    expect(slots.has(one)).toBe(false)
    slots.set(one, 'one')
    slots.set(one, 'another')
    expect([slots.get(one), slots.get(heir)]).toEqual(['another', 'another'])
    expect([slots.has(one), slots.has(heir)]).toEqual([true, false])
    slots.set(heir, 'its own')
    expect([slots.get(one), slots.get(heir)]).toEqual(['another', 'its own'])
  })

  it('is apart from those of others', () => {
    const [mine, theirs] = [requestSlots(), requestSlots()]
    const one = request()
    mine.set(one, 'mine')
    expect(theirs.get(one)).toBe(undefined)
    theirs.set(one, 'theirs')
    expect([mine.get(one), theirs.get(one)]).toEqual(['mine', 'theirs'])
  })

  it('outlives a change of the shape of the request', () => {
    const slots = requestSlots()
    const one = request()
    slots.set(one, 'one')
    Object.setPrototypeOf(one, Object.create(IncomingMessage.prototype) as object)
    Object.assign(one, { baseUrl: '', route: {} })
    expect(slots.get(one)).toBe('one')
  })
})
