/** Says what is being done: on a terminal in one line that is written anew, elsewhere not at all. */
export function tell(progress: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001B[K${progress}`)
}
