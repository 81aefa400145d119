/** What a process does with the announcements of others. Neither member throws. */
export interface AnnouncementListener {
  /** Something was announced, by this process or another one. */
  heard(text: string): void
  /**
   * Announcements may have been missed, or will be: called when they begin to be delivered, unless they are from the start; when that ends; and when
   * it was interrupted.
   */
  interrupted(): void
}

/** What `Announcements.watch` began. */
export interface AnnouncementWatch {
  /** Whether announcements are delivered at present. While they are not, the core looks at the sessions itself, once a second. */
  readonly delivers: boolean
  /** Stops, and releases what was opened for it. Resolves, also when called again. */
  close(): Promise<void>
}

/** Short messages between the processes that share a store. Nothing depends on their arrival: the core makes up for those that are lost. */
export interface Announcements {
  /**
   * Tells all processes that watch. Each gets the text once or not at all, within 100 ms if all is well. Cheap, because nobody may listen. Where it
   * is not permitted, resolves.
   */
  announce(text: string): Promise<void>
  /** Begins to listen. Never throws: what fails is tried again. */
  watch(listener: AnnouncementListener): AnnouncementWatch
}
