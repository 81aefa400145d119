// Builds the application. SvelteKit looks for Vite where the process is.
import process from 'node:process'

process.chdir(new URL('.', import.meta.url).pathname)
const { createBuilder } = await import('vite')
const builder = await createBuilder({})
await builder.buildApp()
