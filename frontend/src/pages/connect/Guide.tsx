import { useEffect, useId, useRef, type ReactNode } from 'react'
import type { Check, Connector, GuideStep } from '@/api/types'
import type { Field } from '@/lib/schemaForm'
import { cx } from '@/ui/cx'
import { Checkbox } from '@/ui/Field'
import { Markdown, MarkdownLine } from '@/ui/Markdown'
import { Text } from '@/ui/Text'
import { useMedia } from '@/ui/useMedia'
import { t } from '@/words'
import { focusField } from './inputId'
import { Permissions } from './Permissions'
import { SendToAdmin } from './SendToAdmin'
import { stageId } from './StageList'

interface Props {
  connector: Connector
  fields: readonly Field[]
  current: string
  check: Check | undefined
  prerequisites: readonly string[]
  steps: readonly string[]
  link: string
  onTick: (of: 'prerequisites' | 'steps', item: string, done: boolean) => void
}

/** Beside the form where there is room for both. */
export const besideForm = '(min-width: 56.25rem)'

export function Guide({ connector, fields, current, check, prerequisites, steps, link, onTick }: Props) {
  const { guide } = connector
  const beside = useMedia(besideForm)
  const done = guide.steps.filter((step) => steps.includes(step.id)).length
  const list = (
    <ol className="space-y-1">
      {guide.steps.map((step, i) => (
        <Step
          key={step.id}
          step={step}
          number={i + 1}
          current={step.id === current}
          done={steps.includes(step.id)}
          fields={fields.filter((f) => f.guideStep === step.id)}
          onDone={(value) => onTick('steps', step.id, value)}
        />
      ))}
    </ol>
  )
  return (
    <article
      aria-label={t('connect.guide.label')}
      tabIndex={beside ? 0 : undefined}
      className="min-w-0 space-y-8 text-base text-muted md:sticky md:top-12 md:-ml-3 md:max-h-[calc(100vh-9.5rem)] md:overflow-y-auto md:py-6 md:pr-6 md:pl-3"
    >
      {guide.introduction && <Markdown source={guide.introduction} />}
      <Part id={stageId('before')} title={t('connect.stages.before')}>
        {guide.prerequisites.length === 0 && <p>{t('connect.guide.no_prerequisites')}</p>}
        <ul className="space-y-2">
          {guide.prerequisites.map((line) => (
            <Prerequisite key={line} line={line} done={prerequisites.includes(line)} onDone={(value) => onTick('prerequisites', line, value)} />
          ))}
        </ul>
        <SendToAdmin connector={connector} link={link} />
      </Part>
      {connector.permissions.length > 0 && (
        <Part id={stageId('permissions')} title={t('connect.stages.permissions')}>
          <Permissions connector={connector} check={check} />
        </Part>
      )}
      {guide.steps.length > 0 && beside && <Part title={t('connect.guide.steps')}>{list}</Part>}
      {guide.steps.length > 0 && !beside && (
        <details className="rounded-lg border border-line bg-panel px-4">
          <summary className="min-h-6 py-2.5 text-sm font-semibold text-text">
            {t('connect.guide.steps')} <span className="font-normal text-muted">{t('connect.guide.done', { done, count: guide.steps.length })}</span>
          </summary>
          {list}
        </details>
      )}
      {guide.notes.length > 0 && (
        <details>
          <summary className="min-h-6 w-fit text-sm font-semibold text-text">{t('connect.guide.notes')}</summary>
          <ul className="mt-3 list-disc space-y-1.5 pl-5 marker:text-faint">
            {guide.notes.map((note) => (
              <li key={note}>
                <MarkdownLine source={note} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </article>
  )
}

function Part({ id, title, children }: { id?: string; title: string; children: ReactNode }) {
  return (
    <section>
      <h2 id={id} tabIndex={-1} className="mb-3 scroll-mt-20 text-sm font-semibold text-text">
        {title}
      </h2>
      {children}
    </section>
  )
}

function Prerequisite({ line, done, onDone }: { line: string; done: boolean; onDone: (done: boolean) => void }) {
  const id = useId()
  return (
    <li className="flex gap-2.5">
      <span className="flex h-5.5 items-center">
        <Checkbox id={id} checked={done} onChange={(event) => onDone(event.target.checked)} />
      </span>
      <label htmlFor={id} className={cx(done && 'text-faint')}>
        <MarkdownLine source={line} />
      </label>
    </li>
  )
}

interface StepProps {
  step: GuideStep
  number: number
  current: boolean
  done: boolean
  /** The fields of the form that the step is about. */
  fields: readonly Field[]
  onDone: (done: boolean) => void
}

function Step({ step, number, current, done, fields, onDone }: StepProps) {
  const item = useRef<HTMLLIElement>(null)
  const id = useId()
  useEffect(() => {
    // Stacked on a narrow screen, moving to the guide would take the field out of sight.
    if (current && window.matchMedia(besideForm).matches) item.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
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
          done ? 'bg-ok-soft text-ok' : current ? 'bg-accent-solid text-on-accent' : 'bg-sunken text-muted',
        )}
      >
        {done ? '✓' : number}
      </span>
      <div className="min-w-0 flex-1 space-y-2 pt-0.5">
        <h3 className="text-sm leading-5 font-semibold text-text">
          <Text>{step.title}</Text>
        </h3>
        <Markdown source={step.body} />
        {step.expected_outcome && (
          <p className="border-l-2 border-line-strong pl-3 text-sm">
            <span className="font-medium text-text">{t('connect.guide.outcome')} </span>
            <MarkdownLine source={step.expected_outcome} />
          </p>
        )}
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
          <label htmlFor={id} className="flex min-h-6 items-center gap-2 text-text">
            <Checkbox id={id} checked={done} onChange={(event) => onDone(event.target.checked)} aria-label={t('connect.guide.did_step', { step: step.title })} />
            {step.expected_outcome ? t('connect.guide.did_and_saw') : t('connect.guide.did')}
          </label>
          {fields.map((field) => (
            <button
              key={field.path}
              type="button"
              onClick={() => focusField(field.path)}
              className="min-h-6 rounded text-accent underline underline-offset-2"
            >
              {t('connect.guide.to_field', { field: field.title })}
            </button>
          ))}
        </div>
      </div>
    </li>
  )
}
