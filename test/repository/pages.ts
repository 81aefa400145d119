import { readdirSync, readFileSync } from 'node:fs'

/** What these tests read of package.json. */
export interface Manifest {
  readonly name: string
  readonly files: readonly string[]
  readonly repository: { readonly url: string }
  readonly homepage: string
  readonly bugs: string
  readonly scripts: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, object | string>>
}

export const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest

/** All pages of documentation, by their paths in the repository. */
export const pages = ['', 'docs/', 'examples/'].flatMap((folder) =>
  readdirSync(folder || '.')
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name),
)

/** Where something stands, as `page.md:12`. */
export function placeOf(page: string, text: string, index: number): string {
  return `${page}:${text.slice(0, index).split('\n').length}`
}

export function headingsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replaceAll(/^ *```[^]*?^ *```/gm, '')
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
}

/** Whether a file of the repository is in the package. */
export function isPublished(path: string): boolean {
  if (manifest.files.includes(`!${path}`)) return false
  const always = ['README.md', 'LICENSE', 'package.json']
  return [...always, ...manifest.files].some((name) => path === name || path.startsWith(`${name}/`))
}
