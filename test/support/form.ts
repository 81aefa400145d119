import type { BrowserRequest } from '../../src/testing/browser.js'

/** A POST of these fields, as an HTML form sends them. */
export function formPost(fields: Readonly<Record<string, string>>): BrowserRequest {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  }
}
