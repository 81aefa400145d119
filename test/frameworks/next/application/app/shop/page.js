import { getSession } from '../../lib/session.js'
import { signIn } from './actions.js'

export default async function Shop() {
  const { userId } = await getSession()
  return (
    <form action={signIn}>
      <p>{`Hello ${userId}`}</p>
      <input name="name" />
    </form>
  )
}
