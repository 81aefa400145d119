import type { Browser, BrowserResponse } from '../../../src/testing/browser.js'

/** Sends the form of a page, as a browser without JavaScript does. */
export async function sendForm(
  browser: Browser,
  path: string,
  fields: object = {},
  headers = {},
): Promise<BrowserResponse> {
  const form = new FormData()
  form.append(`$ACTION_ID_${await actionIn(browser, path)}`, '')
  for (const [name, value] of Object.entries(fields)) form.append(name, String(value))
  const request = new Request('http://localhost', { method: 'POST', body: form })
  const type = request.headers.get('content-type') ?? ''
  const body = await request.text()
  return browser.visit(path, { method: 'POST', headers: { ...headers, 'content-type': type }, body })
}

/** Calls the Server Function of a page's form, as React does in a browser. */
export async function callAction(browser: Browser, path: string, ...given: unknown[]): Promise<BrowserResponse> {
  const headers = {
    'next-action': await actionIn(browser, path),
    accept: 'text/x-component',
    'content-type': 'text/plain;charset=UTF-8',
  }
  return browser.visit(path, { method: 'POST', headers, body: JSON.stringify(given) })
}

/** Another visitor looks, so that this is no request of the browser's session. */
async function actionIn(browser: Browser, path: string): Promise<string> {
  const { body } = await browser.visit(path, { cookie: '' })
  const [, action] = /\$ACTION_ID_([0-9a-f]+)/.exec(body) ?? []
  if (action === undefined) throw new Error(`There is no form in ${body}`)
  return action
}
