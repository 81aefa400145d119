import { reactRouterSessions } from 'sessera/react-router'
import { sessions } from '../../shop/backend.js'

export const middleware = [...reactRouterSessions(sessions)]
