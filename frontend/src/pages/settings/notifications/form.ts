import type { Channel, ChannelBody, Email } from '@/api/notifications'

export type Type = Channel['type']
export type Kind = NonNullable<Channel['kinds']>[number]
export type Who = NonNullable<Channel['who']>[number]

export const types: Type[] = ['email', 'slack', 'webhook']
export const kinds: Kind[] = ['unhealthy', 'recovered', 'needs_person', 'paused', 'credential']
export const parties: Who[] = ['you', 'vendor_admin', 'vendor', 'author', 'plumbline', 'none']

/** What a person enters for a channel. Texts are as they are typed. */
export interface Entered {
  name: string
  type: Type
  off: boolean
  kinds: Kind[]
  who: Who[]
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
