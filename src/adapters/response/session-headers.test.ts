import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { newHandle, type CommitResult } from 'sessera'
import { describe, expect, it, onTestFinished } from 'vitest'
import { setSessionHeaders } from './session-headers.js'

const handle = newHandle()

function put(given: Record<string, string | string[]>, commitment: Partial<CommitResult>) {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  for (const [name, value] of Object.entries(given)) response.setHeader(name, value)
  const told: unknown[] = []
  const note = (message: unknown): void => void told.push(message)
  subscribe('sessera:cache-control-overridden', note)
  onTestFinished(() => void unsubscribe('sessera:cache-control-overridden', note))
  setSessionHeaders(response, { setCookies: [], caching: 'untouched', ...commitment }, handle)
  return { headers: { ...response.getHeaders() }, told }
}

describe('the headers of a commit', () => {
  it('leave a response alone that neither sets our cookie nor depends on it', () => {
    const given = { 'cache-control': 'public', vary: 'Accept', 'set-cookie': 'a=1' }
    expect(put(given, {})).toEqual({ headers: given, told: [] })
  })

  it.each([
    [undefined, ['ours=1']],
    ['a=1', ['a=1', 'ours=1']],
    [
      ['ours=0', 'a=1', ' ours =0', 'ours'],
      ['a=1', 'ours=1'],
    ],
    [
      ['Ours=0', 'ours2=0', 'a=ours=0'],
      ['Ours=0', 'ours2=0', 'a=ours=0', 'ours=1'],
    ],
  ])('put our cookie beside others and in place of one of its name: %j', (given, expected) => {
    const { headers } = put(given === undefined ? {} : { 'set-cookie': given }, { setCookies: ['ours=1'] })
    expect(headers['set-cookie']).toEqual(expected)
  })

  it.each([
    [undefined, 'Cookie'],
    ['', 'Cookie'],
    ['Accept', 'Accept, Cookie'],
    [['Accept', 'Origin'], 'Accept,Origin, Cookie'],
    ['Accept, cookie', 'Accept, cookie'],
    ['Accept-Cookie', 'Accept-Cookie, Cookie'],
    ['*', '*'],
    ['Accept, *', 'Accept, *'],
  ])('add Cookie to Vary: %j', (given, expected) => {
    for (const caching of ['private', 'no-store'] as const) {
      expect(put(given === undefined ? {} : { vary: given }, { caching }).headers['vary']).toBe(expected)
    }
  })

  it.each([
    [undefined, 'private'],
    ['public, max-age=60', 'public, max-age=60'],
    ['no-cache', 'no-cache'],
  ])('make a response private unless the application said otherwise: %j', (given, expected) => {
    const { headers, told } = put(given === undefined ? {} : { 'cache-control': given }, { caching: 'private' })
    expect([headers['cache-control'], told]).toEqual([expected, []])
  })

  it.each([
    [undefined, 'no-store'],
    ['no-store', 'no-store'],
    ['private, No-Store', 'private, No-Store'],
  ])('keep a response with our cookie out of caches: %j', (given, expected) => {
    const { headers, told } = put(given === undefined ? {} : { 'cache-control': given }, { caching: 'no-store' })
    expect([headers['cache-control'], told]).toEqual([expected, []])
  })

  it.each(['public, max-age=60', 'private', 'no-cache', 'x-no-store'])(
    'override what is laxer, and say so: %s',
    (given) => {
      const { headers, told } = put({ 'cache-control': given }, { caching: 'no-store' })
      expect([headers['cache-control'], told]).toEqual(['no-store', [{ handle, cacheControl: given }]])
    },
  )
})
