import { labelOf, readText } from '../../../../fleet/visitor.js'

export default defineEventHandler(async (event) => {
  const name = await readValidatedBody(event, (body) => readText(body, 'name', 64))
  const label = labelOf(getHeader(event, 'user-agent'))
  event.context.session.signIn(name, { keep: ['cart'], label }) // a real application checks a password first
  return null
})
