import { readText } from '../../fleet/visitor.js'

/** The text in a JSON body, or a response with status 400. */
export async function textIn(request: Request, field: string, maxLength: number): Promise<string> {
  try {
    return readText(await request.json(), field, maxLength)
  } catch (problem) {
    throw new Response((problem as Error).message, { status: 400 })
  }
}
