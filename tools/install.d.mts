/** Installs what the lock file of a folder (from the root of the repository) names; returns what went wrong, or `undefined`. */
export function installPackages(folder: string): Promise<string | undefined>
/** Runs npm to its end, quietly. */
export function runNpm(args: readonly string[]): Promise<{ readonly ok: boolean; readonly output: string }>
