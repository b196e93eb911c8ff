/** Why a program is marked, and what to do about it; '' for one that came with Plumbline, is signed or is trusted. */
export function trustSentence(connector: string, trust: string | undefined): string {
  if (trust === 'development') return `Its author is working on ${connector}, and this is not a released version: what it reads is not evidence.`
  if (trust !== 'unverified') return ''
  return `This program did not come with Plumbline and has no signature. When you know where it came from, trust it with “plumbline connector trust ${connector}”.`
}

/** How a run names the program it ran. */
export function programWords(run: { connector: string; connector_version: string }): string {
  if (!run.connector_version) return ''
  return `${run.connector} ${run.connector_version}`
}
