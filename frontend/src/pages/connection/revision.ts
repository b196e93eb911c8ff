import type { AuditEntry } from '@/api/types'

/** Which revision of the settings was in force at a moment, by the audit log, newest entry first; '–' when the entries do not reach so far. */
export function revisionAt(entries: AuditEntry[], at: string): string {
  const moment = Date.parse(at)
  const found = entries.find((entry) => entry.collection === 'connection' && Date.parse(entry.at) <= moment)
  return found ? String(found.revision) : '–'
}
