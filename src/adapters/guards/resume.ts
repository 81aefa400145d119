import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { blockedRequest, type BlockedRequest } from './blocked-request.js'
import { returnPath } from './return-path.js'

// A field may be called `submit`, and hide the form's own method.
const script = 'HTMLFormElement.prototype.submit.call(document.forms[0])'
const scriptDigest = createHash('sha256').update(script).digest('base64')

/**
 * Answers a sign-in or a re-authentication that a guard asked for: sends the form that was blocked again, or redirects to `returnPath(request, fallback)`.
 * Call it last.
 *
 * The response is a page with the form. For the user who sent it, it submits itself; a form of an anonymous visitor waits for the button, because somebody
 * else may have filled it in. For a page of your own, use `blockedRequest`. (WCAG 2.2.5)
 *
 * @example
 * ```ts
 * req.session.reauthenticate()
 * resumeBlockedRequest(req, res, '/account')
 * ```
 */
export function resumeBlockedRequest(request: object, response: ServerResponse, fallback = '/'): void {
  const { status, headers, body } = resumption(request, fallback)
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

/** The response that resumes a blocked request, or redirects. */
export interface Resumption {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** Decides how a blocked request is resumed, for frameworks that send responses in their own way. */
export function resumption(request: object, fallback: string): Resumption {
  const blocked = blockedRequest(request)
  if (blocked === undefined) return { status: 303, headers: { Location: returnPath(request, fallback) } }
  const submitsItself = blocked.userId !== undefined
  // The application's own policy may forbid the script, and the one for referrers the Origin header that it checks forms by.
  const scripts = submitsItself ? `script-src 'sha256-${scriptDigest}'; ` : ''
  const headers = {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; ${scripts}base-uri 'none'; frame-ancestors 'none'`,
    'Referrer-Policy': 'same-origin',
  }
  return { status: 200, headers, body: pageOf(blocked, submitsItself) }
}

function pageOf({ url, body }: BlockedRequest, submitsItself: boolean): string {
  const fields = Array.from(
    new URLSearchParams(body),
    ([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`,
  )
  return [
    '<!doctype html><html lang="en"><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width"><title>Continue</title>',
    `<form method="post" action="${escape(url)}">`,
    ...fields,
    '<button autofocus>Continue</button></form>',
    submitsItself ? `<script>${script}</script>` : '',
  ].join('\n')
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
