import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import type { Check, Connector, GuideStep } from '@/api/types'
import { cx } from '@/ui/cx'
import { Checkbox } from '@/ui/Field'
import { Markdown, MarkdownLine } from '@/ui/Markdown'
import { Text } from '@/ui/Text'
import { Permissions } from './Permissions'

interface Props {
  connector: Connector
  current: string
  check: Check | undefined
}

export function Guide({ connector, current, check }: Props) {
  const { guide } = connector
  return (
    <article
      aria-label="Setup guide"
      tabIndex={0}
      className="min-w-0 space-y-8 text-base text-muted md:sticky md:top-12 md:-ml-3 md:max-h-[calc(100vh-9.5rem)] md:overflow-y-auto md:py-6 md:pr-6 md:pl-3"
    >
      {guide.introduction && <Markdown source={guide.introduction} />}
      {guide.prerequisites.length > 0 && (
        <Part title="Before you start">
          <ul className="space-y-2">
            {guide.prerequisites.map((line) => (
              <Prerequisite key={line} line={line} />
            ))}
          </ul>
        </Part>
      )}
      {connector.permissions.length > 0 && (
        <Part title="Permissions">
          <Permissions connector={connector} check={check} />
        </Part>
      )}
      {guide.steps.length > 0 && (
        <Part title="Steps">
          <ol className="space-y-1">
            {guide.steps.map((step, i) => (
              <Step key={step.id} step={step} number={i + 1} current={step.id === current} />
            ))}
          </ol>
        </Part>
      )}
      {guide.notes.length > 0 && (
        <Part title="Good to know">
          <ul className="list-disc space-y-1.5 pl-5 marker:text-faint">
            {guide.notes.map((note) => (
              <li key={note}>
                <MarkdownLine source={note} />
              </li>
            ))}
          </ul>
        </Part>
      )}
    </article>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section>
      <h2 className="mb-3 text-sm font-semibold text-text">{title}</h2>
      {children}
    </section>
  )
}

function Prerequisite({ line }: { line: string }) {
  const id = useId()
  const [done, setDone] = useState(false)
  return (
    <li className="flex gap-2.5">
      <span className="flex h-5.5 items-center">
        <Checkbox id={id} checked={done} onChange={(event) => setDone(event.target.checked)} />
      </span>
      <label htmlFor={id} className={cx(done && 'text-faint')}>
        <MarkdownLine source={line} />
      </label>
    </li>
  )
}

function Step({ step, number, current }: { step: GuideStep; number: number; current: boolean }) {
  const item = useRef<HTMLLIElement>(null)
  useEffect(() => {
    // Stacked on a narrow screen, moving to the guide would take the field out of sight.
    const beside = window.matchMedia('(min-width: 56.25rem)').matches
    if (current && beside) item.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [current])
  return (
    <li
      ref={item}
      aria-current={current ? 'step' : undefined}
      className={cx('flex scroll-my-6 gap-3 rounded-lg py-3 transition-colors md:-mx-3 md:px-3', current && 'bg-accent-soft')}
    >
      <span
        aria-hidden
        className={cx(
          'tabular flex size-6 shrink-0 items-center justify-center rounded-full text-xs font-semibold',
          current ? 'bg-accent-solid text-on-accent' : 'bg-sunken text-muted',
        )}
      >
        {number}
      </span>
      <div className="min-w-0 flex-1 space-y-2 pt-0.5">
        <h3 className="text-sm leading-5 font-semibold text-text">
          <Text>{step.title}</Text>
        </h3>
        <Markdown source={step.body} />
        {step.expected_outcome && (
          <p className="border-l-2 border-line-strong pl-3 text-sm">
            <span className="font-medium text-text">Expected outcome: </span>
            <MarkdownLine source={step.expected_outcome} />
          </p>
        )}
      </div>
    </li>
  )
}
