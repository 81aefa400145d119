import { createRouter } from '@tanstack/react-router'
import { routeTree } from './build/routes.ts'

export const getRouter = () => createRouter({ routeTree })
