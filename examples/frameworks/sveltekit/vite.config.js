import { sveltekit } from '@sveltejs/kit/vite'

const built = new URL('../../../build/examples/frameworks/', import.meta.url)

// The sessions of a process are opened once: by the file that the server imports, too.
const sharedBackend = {
  name: 'shared-backend',
  enforce: 'pre',
  resolveId: (id) =>
    id.endsWith('/shop/backend.js') ? { id: new URL('shop/backend.js', built).href, external: true } : undefined,
}

export default {
  plugins: [sharedBackend, sveltekit({ outDir: new URL('sveltekit', built).pathname })],
  ssr: { external: ['sessera'] },
  logLevel: 'error',
}
