import type { Channel, ChannelBody, Email } from '@/api/notifications'
import { sentence } from '@/lib/words'
import { t } from '@/words'

export type Type = Channel['type']

export const types: Type[] = ['email', 'slack', 'webhook']
export const kinds = ['unhealthy', 'recovered', 'needs_person', 'paused', 'credential'] as const
export const parties = ['you', 'vendor_admin', 'vendor', 'author', 'plumbline', 'none'] as const

/** The words for a kind; one that a newer host has is shown as it came. */
export const kindWord = (kind: string) => {
  const known = kinds.find((one) => one === kind)
  return known ? t(`notifications.kinds.${known}`) : sentence(kind)
}

export const partyWord = (who: string) => {
  const known = parties.find((one) => one === who)
  return known ? t(`notifications.who.${known}`) : sentence(who)
}

/** What a person enters for a channel. Texts are as they are typed. */
export interface Entered {
  name: string
  type: Type
  off: boolean
  kinds: string[]
  who: string[]
  server: string
  port: string
  security: Email['security']
  username: string
  from: string
  to: string
  toOwner: boolean
  url: string
  signing: string
  password: string
}

export function entered(channel: Channel | undefined): Entered {
  const { email } = channel ?? {}
  return {
    name: channel?.name ?? '',
    type: channel?.type ?? 'email',
    off: channel?.off ?? false,
    kinds: channel?.kinds ?? [],
    who: channel?.who ?? [],
    server: email?.server ?? '',
    port: email ? String(email.port) : '',
    security: email?.security ?? 'starttls',
    username: email?.username ?? '',
    from: email?.from ?? '',
    to: email?.to.join(', ') ?? '',
    toOwner: email?.to_owner ?? false,
    url: '',
    signing: '',
    password: '',
  }
}

/** Secrets that are left empty stay as they are stored. */
export function bodyOf(of: Entered): ChannelBody {
  const secrets = Object.fromEntries(
    secretsOf(of.type)
      .map((name) => [name, of[name]] as const)
      .filter(([, value]) => value !== ''),
  )
  const to = of.to.split(/[,\s]+/).filter(Boolean)
  const port = Number(of.port || 0)
  return {
    name: of.name,
    type: of.type,
    off: of.off,
    kinds: of.kinds,
    who: of.who,
    secrets,
    email:
      of.type === 'email'
        ? { server: of.server, port: Number.isInteger(port) ? port : -1, security: of.security, username: of.username, from: of.from, to, to_owner: of.toOwner }
        : undefined,
  }
}

export const secretsOf = (type: Type): ('url' | 'signing' | 'password')[] =>
  type === 'webhook' ? ['url', 'signing'] : type === 'slack' ? ['url'] : type === 'email' ? ['password'] : []
