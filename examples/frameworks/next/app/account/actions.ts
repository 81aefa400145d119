'use server'

import { redirect } from 'next/navigation'
import { sessionAction } from '../../lib/session.js'

export const signOut = sessionAction((session) => {
  session.end()
  redirect('/')
})
