import type { PermissionSeen, Probe } from '@/api/types'

/** What is known of a permission that a credential has or lacks. */
export type Held = PermissionSeen['state'] | 'too_broad'

/** What a check found about a permission; unknown while no probe says it. */
export function checked(permission: string, probes: Probe[]): Held {
  const probe = probes.find((one) => one.permission === permission)
  switch (probe?.state) {
    case 'ok':
      return 'granted'
    case 'too_broad':
      return 'too_broad'
    case 'missing':
      return 'missing'
    default:
      return 'unknown'
  }
}
