/** How a connector signs in to its system. */
export type SignIn = 'none' | 'token' | 'key' | 'oauth' | 'password' | 'private_key'

/** Says from a connector's config schema what a person has to bring to sign in: the first that fits of its secrets. */
export function signInOf(schema: unknown): SignIn {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { writeOnly?: boolean } | null> }
  const secrets = Object.keys(properties).filter((name) => properties[name]?.writeOnly === true)
  const has = (...parts: string[]) => secrets.some((name) => parts.some((part) => name.includes(part)))
  if (secrets.length === 0) return 'none'
  if (has('client_secret', 'refresh_token')) return 'oauth'
  if (has('private_key', 'key_file')) return 'private_key'
  if (has('password') && !has('token')) return 'password'
  return has('token') ? 'token' : 'key'
}
