'use server'

import { redirect } from 'next/navigation'
import { sessionAction } from '../../lib/session.js'

export const signIn = sessionAction((session, form) => {
  session.signIn(form.get('name'))
  redirect('/shop')
})
