import type { Log, Step } from '@/api/types'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { lineTime, type LogState } from './logState'

interface Props {
  line: Log | undefined
  number: number
  index: number
  top: number
  state: LogState
  start: string | null
  steps: Step[]
  /** Number of the line that the search is at. */
  current: number
  onPick: (line: number) => void
  measure: ((element: HTMLElement | null) => void) | undefined
}

const levels: Record<string, string> = { error: 'text-bad', warn: 'text-warn', debug: 'text-faint' }

/** One line; its number is the way to a link to it. */
export function LogLine({ line, number, index, top, state, start, steps, current, onPick, measure }: Props) {
  const linked = number === state.line
  return (
    <li
      ref={measure}
      data-index={index}
      data-line={number}
      style={{ transform: `translateY(${top}px)` }}
      className={cx(
        'absolute top-0 left-0 flex min-h-6 min-w-full gap-3 px-2 leading-6 hover:bg-hover',
        linked && 'bg-accent-soft',
        current === number && 'bg-warn-soft',
        state.wrap ? 'w-full' : 'whitespace-pre',
      )}
    >
      <button
        type="button"
        aria-label={t('run.log.link', { number })}
        aria-pressed={linked}
        onClick={() => onPick(number)}
        className="tabular h-6 w-14 shrink-0 text-right text-faint hover:text-accent hover:underline"
      >
        {number}
      </button>
      {line ? (
        <>
          <time dateTime={line.at} className="tabular shrink-0 text-faint">
            {lineTime(line.at, state.clock, start)}
          </time>
          <span className={cx('w-10 shrink-0', levels[line.level] ?? 'text-muted')}>{line.level}</span>
          <span className={cx('min-w-0', state.wrap && 'break-all whitespace-pre-wrap')}>
            {line.step && (
              <span className="text-muted">
                <Text>{steps.find((step) => step.name === line.step)?.title ?? line.step}</Text>{' '}
              </span>
            )}
            <Marked text={line.message} q={state.q.trim()} />
          </span>
        </>
      ) : (
        <span className="text-faint">…</span>
      )}
    </li>
  )
}

/** A message with what was searched for marked in it. */
function Marked({ text, q }: { text: string; q: string }) {
  if (q === '') return <Text>{text}</Text>
  return splitAt(text, q).map((part, i) =>
    i % 2 === 1 ? (
      <mark key={i} className="rounded-xs bg-warn-soft font-semibold text-text">
        <Text>{part}</Text>
      </mark>
    ) : (
      <Text key={i}>{part}</Text>
    ),
  )
}

/** A text cut at each place that has q, in any case: every second part is one. */
export function splitAt(text: string, q: string): string[] {
  const [whole, wanted] = [text.toLowerCase(), q.toLowerCase()]
  const parts: string[] = []
  let from = 0
  // Where a letter has another length in lower case, places in both do not agree: then nothing is marked.
  for (let at = whole.indexOf(wanted); whole.length === text.length && at >= 0; at = whole.indexOf(wanted, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + q.length))
    from = at + q.length
  }
  return [...parts, text.slice(from)]
}
