/** Stands for the client of any library. */
export declare function createClient(): { sendCommand(command: readonly string[]): Promise<unknown> }
