import { Fragment, type Ref } from 'react'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { focusField } from './inputId'
import { fieldSentence, inTitles, piecesOf } from './plain'
import type { ConnectionForm } from './useConnectionForm'

interface Props {
  form: ConnectionForm
  onReload: (() => void) | undefined
  ref: Ref<HTMLDivElement>
}

/** The titles of the form's fields by their names in the API. */
export const titlesOf = (fields: ConnectionForm['fields']): Map<string, string> =>
  new Map([
    ...fields.map((f): [string, string] => [f.path, f.title]),
    ['alias', t('connect.fields.alias')],
    ['schedule', t('connect.fields.schedule')],
    ['owner', t('connect.fields.owner')],
  ])

/** Everything that is wrong, on top, each leading to its field. It takes the focus when no field can. */
export function ErrorSummary({ form, onReload, ref }: Props) {
  const { problem, errors } = form
  if (!problem) return null
  const titles = titlesOf(form.fields)
  const placed = Object.entries(errors)
  const stray = (problem.fields ?? []).filter((f) => !placed.some(([path]) => f.field.startsWith(path)))
  // One field that the message speaks of already is said once.
  const said = placed.length === 1 && (problem.fields ?? []).length === 1 && problem.message.includes(placed[0]?.[1] ?? '')
  return (
    <div ref={ref} role="alert" tabIndex={-1} className="rounded-md bg-bad-soft p-3 text-sm">
      <p className="font-medium text-bad">
        <Sentence>{statement(inTitles(problem.message, titles))}</Sentence>
      </p>
      {problem.remedy && !/^`plumbline connector show/.test(problem.remedy) && (
        <p className="mt-1">
          <Remedy text={problem.remedy} titles={titles} />
        </p>
      )}
      {placed.length > 0 && (
        <ul className="mt-2 space-y-1">
          {placed.map(([path, message]) => (
            <li key={path}>
              <FieldLink path={path} title={titles.get(path) ?? path} />
              {!said && <Sentence>{afterTitle(fieldSentence(inTitles(message, titles), titles.get(path) ?? path), titles.get(path) ?? path)}</Sentence>}
            </li>
          ))}
        </ul>
      )}
      {stray.map((field) => (
        <p key={field.field} className="mt-1">
          <Text>{field.field === 'revision' ? t('connect.version') : field.field}</Text>: <Sentence>{statement(field.message)}</Sentence>
        </p>
      ))}
      {problem.code === 'conflict' && stray.length > 0 && onReload && (
        <Button size="sm" asksAgent className="mt-2" onClick={onReload}>
          {t('connect.load_current')}
        </Button>
      )}
    </div>
  )
}

/** What follows the title of a field in a list: the title is not said twice. */
const afterTitle = (sentence: string, title: string) => (sentence.startsWith(`${title} `) ? sentence.slice(title.length) : `: ${sentence}`)

function FieldLink({ path, title }: { path: string; title: string }) {
  return (
    <button
      type="button"
      onClick={() => focusField(path)}
      className="min-h-6 rounded text-left underline underline-offset-2"
    >
      <Text>{title}</Text>
    </button>
  )
}

/** What to do, with each field of the form that it names as a link. */
export function Remedy({ text, titles }: { text: string; titles: ReadonlyMap<string, string> }) {
  return piecesOf(text, titles).map((piece, i) => (
    <Fragment key={i}>{piece.path ? <FieldLink path={piece.path} title={piece.text} /> : <Sentence>{piece.text}</Sentence>}</Fragment>
  ))
}
