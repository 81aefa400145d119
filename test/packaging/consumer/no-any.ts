// An `any` among the public types, also one that stands for a type that could not be found, would switch a user's checks off.
import type * as core from 'sessera'
import type * as express from 'sessera/express'
import type * as http from 'sessera/http'
import type * as lmdb from 'sessera/lmdb'
import type * as redis from 'sessera/redis'
import type * as testing from 'sessera/testing'

type IsAny<T> = 0 extends 1 & T ? true : false

/** Whether it, one of its parameters or its result is `any`. */
type HasAny<T> =
  IsAny<T> extends true
    ? true
    : [T] extends [(...parameters: infer P) => infer R]
      ? IsAny<P[number]> | IsAny<Awaited<R>>
      : false
type AnyInMembers<T> = {
  [Name in keyof T]-?: true extends HasAny<Exclude<T[Name], undefined>> ? Name : never
}[keyof T]

/** Compiles only where nothing is found. */
function none<Found extends never>(): Found[] {
  return []
}

none<AnyInMembers<typeof core>>()
none<AnyInMembers<typeof express>>()
none<AnyInMembers<typeof http>>()
none<AnyInMembers<typeof lmdb>>()
none<AnyInMembers<typeof redis>>()
none<AnyInMembers<typeof testing>>()
none<AnyInMembers<core.Session>>()
none<AnyInMembers<core.Sessions>>()
none<AnyInMembers<core.SessionStore>>()
none<AnyInMembers<Required<core.SessionsOptions>>>()
none<AnyInMembers<core.OpenedSession<{ a: string }>>>()
none<AnyInMembers<{ it: express.SessionMiddleware }>>()
none<AnyInMembers<{ it: http.SessionHandler<{ a: string }> }>>()
none<AnyInMembers<{ it: Parameters<express.SessionMiddleware>[0] }>>()
none<AnyInMembers<Required<http.HttpSessionsOptions>>>()
none<AnyInMembers<testing.StoreHarness>>()
none<AnyInMembers<testing.AdapterHarness>>()

// oxlint-disable typescript/no-explicit-any -- these show that leaks are found
// @ts-expect-error a parameter
none<AnyInMembers<{ leak: (value: any) => void }>>()
// @ts-expect-error a result
none<AnyInMembers<{ leak?: () => Promise<any> }>>()
// @ts-expect-error a member
none<AnyInMembers<{ leak: any }>>()
