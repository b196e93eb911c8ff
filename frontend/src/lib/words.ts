export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'quiet'

/** The words on screen for the host's own words; an unknown one is shown as it came. */
const reasons: Record<string, string> = {
  on_time: 'On time',
  late: 'Late',
  degraded: 'Degraded',
  failing: 'Failing',
  action_required: 'Action required',
  paused: 'Paused',
  draft: 'Not synced yet',
  disconnected: 'Disconnected',
}
const triggers: Record<string, string> = {
  manual: 'Started by hand',
  schedule: 'On schedule',
  catch_up: 'Catching up',
  retry: 'Retry',
}
const faults: Record<string, string> = {
  customer: 'You',
  upstream: 'The vendor',
  connector: 'The author of the connector',
  network: 'The administrator of your network',
  host: 'Plumbline',
}

export const sentence = (word: string) => {
  const spaced = word.replaceAll('_', ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

/** A message as a sentence that another may follow: a capital first, except for the name of a host, and a full stop last. */
export function statement(message: string): string {
  const text = message.trim()
  if (text === '') return ''
  const first = /^[\w-]+(\.[\w-]+)+\b/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()
  return first + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.')
}

export const reasonWord = (reason: string) => reasons[reason] ?? sentence(reason)
export const triggerWord = (trigger: string) => triggers[trigger] ?? sentence(trigger)

type Actor = { kind: string; id?: string; name?: string; auth: string }

/** Who or what acts, as in "started by anna (this machine)". */
export function actorWords(actor: Actor): string {
  const name = actor.name || actor.id || ''
  switch (actor.kind) {
    case 'schedule':
      return 'the schedule'
    case 'agent':
      return 'Plumbline itself'
    case 'token':
      return `the token ${name}`
    case 'connector':
      return `the connector ${name}`
    case 'assistant':
      return actor.name ? `the assistant ${actor.id}, run by ${actor.name}` : `the assistant ${name}`
    default:
      return `${name} (${actor.auth === 'one-time link' ? 'browser' : 'this machine'})`
  }
}

/** What started a run, and who; only what, for a run of which that was not recorded. */
export function startedWords(run: { trigger: string; actor?: Actor }): string {
  if (!run.actor) return triggerWord(run.trigger)
  if (run.trigger === 'manual' || run.trigger === 'schedule') return `Started by ${actorWords(run.actor)}`
  return `${triggerWord(run.trigger)}, started by ${actorWords(run.actor)}`
}

/** Who started a run, under a heading that says so; what started it, if who was not recorded. */
export const starterWords = (run: { trigger: string; actor?: Actor }): string => (run.actor ? actorWords(run.actor) : triggerWord(run.trigger))

/** A kind of record for people: "background_check" is "Background check". */
export const kindWord = (kind: string) => sentence(kind)

/** Who can fix what went wrong. */
export const faultWord = (fault: string) => faults[fault] ?? sentence(fault)

/** What a connection counts as: one that is paused is not being read, so it is neither healthy nor unhealthy. */
export const stateOf = (connection: { health: string; reason: string }): string =>
  connection.reason === 'paused' || connection.reason === 'disconnected' ? connection.reason : connection.health

/** Red asks for a person, amber waits or heals by itself, grey is not running. */
export function healthTone(health: string, reason: string): Tone {
  if (health === 'healthy') return reason === 'late' || reason === 'failing' ? 'warn' : 'ok'
  if (health === 'unhealthy') return reason === 'degraded' ? 'warn' : 'bad'
  return 'quiet'
}

export function statusTone(status: string): Tone {
  switch (status) {
    case 'succeeded':
      return 'ok'
    case 'running':
      return 'info'
    case 'partial':
    case 'interrupted':
      return 'warn'
    case 'failed':
      return 'bad'
    default:
      return 'quiet'
  }
}
