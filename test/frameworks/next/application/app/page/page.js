import { current } from '../../lib/application.js'
import { act } from './actions.js'

async function Part() {
  const { application, tools } = await current()
  return <code>{JSON.stringify(await application.render(tools))}</code>
}

export default function Page() {
  return (
    <form action={act}>
      <Part />
      <Part />
    </form>
  )
}
