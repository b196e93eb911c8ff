import type { Account, DecisionResult, PersonRef } from '@/api/people'
import { accountPages, type AccountPage } from '@/api/people'
import { zonedDay } from '@/lib/time'
import { sentence, type Tone } from '@/lib/words'
import { t } from '@/words'

/** What people call an account: its name, user name, address or key. */
export const accountName = (a: Pick<Account, 'name' | 'username' | 'email' | 'key' | 'id'>): string => a.name || a.username || a.email || a.key || a.id

/** What people call a person. */
export const personName = (p: Pick<PersonRef, 'name' | 'email' | 'id'>): string => p.name || p.email || p.id

export const resultName = (r: DecisionResult): string => r.account_name || r.account

/** The flags in the order of the screen. */
export const flags = [
  'leaver_active', 'privileged_no_mfa', 'privileged_mfa_unknown', 'unlinked', 'ambiguous', 'service_no_owner', 'owner_left', 'dormant', 'new',
] as const

const known = (flag: string) => flags.find((one) => one === flag)

export function flagWord(flag: string): string {
  const one = known(flag)
  return one ? t(`accounts.flag.${one}`) : sentence(flag)
}

export function flagTone(flag: string): Tone {
  if (flag === 'leaver_active' || flag === 'privileged_no_mfa' || flag === 'owner_left') return 'bad'
  return flag === 'new' ? 'info' : 'warn'
}

/** Why an account has a flag. */
export function flagWhy(flag: string, leaverSince?: string): string {
  if (flag === 'leaver_active' && leaverSince) return t('accounts.leaverSince', { day: zonedDay(leaverSince) })
  const one = known(flag)
  return one ? t(`accounts.flagWhy.${one}`) : ''
}

const values = [
  'linked', 'unlinked', 'ambiguous', 'human', 'service', 'bot', 'external', 'group', 'unknown', 'yes', 'no', 'in', 'out', 'present', 'removed', 'none',
  'active', 'suspended', 'deprovisioned', 'pending', 'in_progress', 'complete', 'cancelled', 'clear', 'not_clear', 'exception',
] as const

/** A word of the host for people; one that is not known is shown as it came. */
export function valueWord(value: string): string {
  const one = values.find((v) => v === value)
  return one ? t(`accounts.value.${one}`) : sentence(value)
}

export const personTone = (status: PersonRef['status']): Tone => (status === 'left' ? 'bad' : status === 'leaving' ? 'warn' : status === 'active' ? 'ok' : 'quiet')

export const pageOf = (page: string): AccountPage | undefined => accountPages.find((one) => one === page)

/** Where a page of accounts is. */
export const pagePath = (page: AccountPage): string => (page === 'all' ? '/accounts' : `/accounts/${page}`)

export const personPath = (id: string): string => `/people/${encodeURIComponent(id)}`

/** Where an account is shown. */
export const accountPath = (id: string, page: AccountPage = 'all'): string => `${pagePath(page)}?peek=${encodeURIComponent(id)}`
