import type { ServerResponse } from 'node:http'

/** 303: the browser asks for `location` by GET, whatever the method was. */
export function redirect(response: ServerResponse, location: string): void {
  response.statusCode = 303
  response.setHeader('Location', location)
  response.end()
}
