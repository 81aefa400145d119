/** What of SvelteKit's event is used. */
export interface KitEvent {
  readonly request: Request
  readonly url: URL
  readonly isDataRequest: boolean
  readonly locals: object
  /** On Node, `@sveltejs/adapter-node` puts the request here that the server got. */
  readonly platform?: unknown
  readonly cookies: {
    set(name: string, value: string, options: { path?: string; encode?: (value: string) => string }): void
    parse(header: string): { name: string; value: string | undefined }
  }
}

/** A hook `handle` of SvelteKit 3. */
export type KitHandle = <Event extends KitEvent>(input: {
  event: Event
  resolve(event: Event): Response | Promise<Response>
}) => Promise<Response>
