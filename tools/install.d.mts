/** Installs what the lock file of a folder (from the root of the repository) names; answers what went wrong, or `undefined`. */
export function installPackages(folder: string): Promise<string | undefined>
