import { useRef, useState, type KeyboardEvent } from 'react'
import { Link } from 'wouter'
import type { ConnectionItem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { healthTone, reasonWord, sentence, stateOf, type Tone } from '@/lib/words'
import { cx } from '@/ui/cx'
import { useOffline } from '@/ui/offline'
import { Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

const fills: Record<Tone, string> = {
  ok: 'bg-ok-solid',
  warn: 'bg-warn-solid hatch',
  bad: 'bg-bad-solid',
  info: 'bg-accent-solid',
  quiet: 'bg-quiet-solid',
}

const states = ['healthy', 'unhealthy', 'unknown', 'paused'] as const

/** A cell for each connection, those in trouble first. Arrow keys go from one to the next; under them stands the chosen one in words. */
export function HealthStrip({ connections, matched }: { connections: ConnectionItem[]; matched: number }) {
  const [at, setAt] = useState(0)
  const cells = useRef<(HTMLAnchorElement | null)[]>([])
  const offline = useOffline()
  const chosen = connections[Math.min(at, connections.length - 1)]
  const onKey = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: connections.length - 1 }
    const next = steps[event.key]
    if (next === undefined) return
    event.preventDefault()
    cells.current[Math.max(0, Math.min(connections.length - 1, next))]?.focus()
  }
  return (
    <Section title={t('home.health.title')} aside={<Summary connections={connections} />}>
      <div className="rounded-lg border border-line bg-panel p-3">
        <ul aria-label={t('home.health.label')} onKeyDown={onKey} className="flex flex-wrap gap-1">
          {connections.map((connection, i) => (
            <li key={connection.id}>
              <Link
                href={connectionPath(connection)}
                ref={(cell: HTMLAnchorElement | null) => {
                  cells.current[i] = cell
                }}
                tabIndex={i === Math.min(at, connections.length - 1) ? 0 : -1}
                onFocus={() => setAt(i)}
                onMouseEnter={() => setAt(i)}
                aria-label={wordsOf(connection, offline)}
                className="block rounded-sm p-0.5 hover:bg-hover"
              >
                <span
                  aria-hidden
                  className={cx('block size-5 rounded-sm forced-color-adjust-none', fills[offline ? 'quiet' : healthTone(stateOf(connection), connection.reason)])}
                />
              </Link>
            </li>
          ))}
        </ul>
        {chosen && (
          <p className="mt-2 min-h-10 text-sm text-muted" data-chosen>
            <span className="font-medium text-text">
              <Text>{chosen.alias}</Text>
            </span>{' '}
            · {stateWords(chosen, offline)} · <Sentence>{chosen.explanation}</Sentence>
          </p>
        )}
        {matched > connections.length && <p className="mt-1 text-sm text-muted">{t('home.health.first', { shown: connections.length, count: matched })}</p>}
      </div>
    </Section>
  )
}

function stateWords(connection: ConnectionItem, offline: boolean): string {
  const state = stateOf(connection)
  const word = state === 'paused' ? sentence(state) : `${sentence(state)}, ${reasonWord(connection.reason).toLowerCase()}`
  return offline ? t('home.health.lastKnown', { word }) : word
}

const wordsOf = (connection: ConnectionItem, offline: boolean) => `${visible(connection.alias)}: ${stateWords(connection, offline)}`

function Summary({ connections }: { connections: ConnectionItem[] }) {
  const parts = states.flatMap((state) => {
    const count = connections.filter((one) => stateOf(one) === state).length
    return count > 0 ? [t(`home.health.${state}`, { count })] : []
  })
  return <p className="text-sm text-muted">{parts.join(' · ')}</p>
}
