import { newVersion, type Handle, type SessionStore, type StoredRecord } from 'sessera'
import { spoil, type StoreMutant } from './mutant.js'

/** Sabotages of stored texts, of handles and of returned records. */
export const valueMutants: StoreMutant[] = [
  {
    name: 'load throws when the session is missing',
    killedBy: 'load returns undefined for a handle it never saw',
    sabotage: spoil((store) => ({
      async load(handle) {
        const found = await store.load(handle)
        if (found === undefined) throw new Error('no such session')
        return found
      },
    })),
  },
  {
    name: 'folds the case of handles',
    killedBy: 'handles that look alike are different sessions',
    sabotage: renamingHandles((handle) => handle.toLowerCase()),
  },
  {
    name: 'takes _ in handles for any character',
    killedBy: 'handles that look alike are different sessions',
    sabotage: renamingHandles((handle) => handle.replaceAll('_', '-')),
  },
  {
    name: 'drops the last character of handles',
    killedBy: 'handles that look alike are different sessions',
    sabotage: renamingHandles((handle) => handle.slice(0, -1)),
  },
  {
    name: 'keeps only the first line of a text',
    killedBy: 'two lines of JSON: kept byte for byte',
    sabotage: changingTexts((text) => text.split('\n')[0] ?? ''),
  },
  {
    name: 'trims texts',
    killedBy: 'all kinds of line ends, with blanks around them: kept byte for byte',
    sabotage: changingTexts((text) => text.trim()),
  },
  {
    name: 'normalises line ends',
    killedBy: 'all kinds of line ends, with blanks around them: kept byte for byte',
    sabotage: changingTexts((text) => text.replaceAll('\r\n', '\n')),
  },
  {
    name: 'cuts texts at a NUL',
    killedBy: 'NUL and other control characters: kept byte for byte',
    sabotage: changingTexts((text) => text.split('\0')[0] ?? ''),
  },
  {
    name: 'mangles what is not ASCII',
    killedBy: 'text from right to left: kept byte for byte',
    sabotage: changingTexts((text) => Buffer.from(text, 'latin1').toString('latin1')),
  },
  {
    name: 'keeps no characters above three bytes',
    killedBy: 'emoji, one of them joined from five characters: kept byte for byte',
    sabotage: changingTexts((text) => text.replaceAll(/[\u{10000}-\u{10ffff}]/gu, '\ufffd')),
  },
  {
    name: 'normalises Unicode',
    killedBy: 'the same letter composed and decomposed: kept byte for byte',
    sabotage: changingTexts((text) => text.normalize('NFC')),
  },
  {
    name: 'drops a byte order mark',
    killedBy: 'a byte order mark at the front: kept byte for byte',
    sabotage: changingTexts((text) => text.replace(/^\ufeff/, '')),
  },
  {
    name: 'takes a text for a replacement pattern',
    killedBy: 'characters with a meaning in query languages and templates: kept byte for byte',
    sabotage: changingTexts((text) => 'value'.replace('value', text)),
  },
  {
    name: 'parses JSON and serialises it again',
    killedBy: 'the names of inherited properties: kept byte for byte',
    sabotage: changingTexts(rewriteJson),
  },
  {
    name: 'truncates long texts',
    killedBy: '256 KiB are kept, in one-byte and in multi-byte characters',
    sabotage: changingTexts((text) => text.slice(0, 65_535)),
  },
  {
    name: 'insert returns a version that was not stored',
    killedBy: 'an inserted session is loaded, under the version that insert returned',
    sabotage: spoil((store) => ({
      insert: async (...call) => (await store.insert(...call)) && newVersion(),
    })),
  },
  {
    name: 'replace returns the version before',
    killedBy: 'a replacement of the current version is stored, under the version it returns',
    sabotage: spoil((store) => ({
      async replace(handle, expected, text, lifetimeMs) {
        const result = await store.replace(handle, expected, text, lifetimeMs)
        return result.status === 'replaced' ? { status: 'replaced', version: expected } : result
      },
    })),
  },
  {
    name: 'replace reports success and stores nothing',
    killedBy: 'a replacement of the current version is stored, under the version it returns',
    sabotage: spoil((store) => ({
      async replace(handle, expected) {
        const current = await store.load(handle)
        if (current === undefined) return { status: 'gone' }
        return current.version === expected ? { status: 'replaced', version: expected } : { status: 'changed', current }
      },
    })),
  },
  {
    name: 'returns the record that it keeps',
    killedBy: 'changing a returned record does not change the stored one',
    sabotage: handingOutItsOwn,
  },
]

function renamingHandles(rename: (handle: Handle) => string): StoreMutant['sabotage'] {
  const renamed = (handle: Handle) => rename(handle) as Handle
  return spoil((store) => ({
    load: (handle) => store.load(renamed(handle)),
    insert: (handle, ...rest) => store.insert(renamed(handle), ...rest),
    replace: (handle, ...rest) => store.replace(renamed(handle), ...rest),
    remove: (handle, expected) => store.remove(renamed(handle), expected),
  }))
}

function changingTexts(change: (text: string) => string): StoreMutant['sabotage'] {
  return spoil((store) => ({
    insert: (handle, text, lifetimeMs) => store.insert(handle, change(text), lifetimeMs),
    replace: (handle, expected, text, lifetimeMs) => store.replace(handle, expected, change(text), lifetimeMs),
  }))
}

function rewriteJson(text: string): string {
  try {
    return JSON.stringify(Object.assign({}, JSON.parse(text)))
  } catch {
    return text
  }
}

function handingOutItsOwn(): (store: SessionStore) => SessionStore {
  const kept = new Map<string, { mark: string; record: StoredRecord }>()
  const keep = (handle: Handle, found: StoredRecord): StoredRecord => {
    const known = kept.get(handle)
    if (known?.mark === found.version) return known.record
    kept.set(handle, { mark: found.version, record: found })
    return found
  }
  return (store) => ({
    ...store,
    async load(handle) {
      const found = await store.load(handle)
      return found && keep(handle, found)
    },
    async replace(handle, ...rest) {
      const result = await store.replace(handle, ...rest)
      return result.status === 'changed' ? { status: 'changed', current: keep(handle, result.current) } : result
    },
  })
}
