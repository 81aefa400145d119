// One backend, a process of its own, forked by backends.ts: `backend.ts <name> <port> <Redis> <sessera | peer>`.
import { createClient } from 'redis'
import { loadOriginals, openExpressSession } from './express-session-library.js'
import { serve } from './serve.js'
import { openSessera } from './sessera-library.js'
import { createShop } from './shop.js'

const [name = '', port, url = '', kind] = process.argv.slice(2)

const client = createClient({ url })
client.on('error', () => {}) // it connects again by itself
await client.connect()
const library = kind === 'peer' ? openExpressSession(loadOriginals(), client) : openSessera(client)

await serve(
  port,
  (place) => createShop({ ...place, name, library }),
  async () => {
    await library.close()
    await client.close()
  },
)
