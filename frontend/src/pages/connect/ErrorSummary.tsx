import type { Ref } from 'react'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { inputId } from './inputId'
import type { ConnectionForm } from './useConnectionForm'

interface Props {
  form: ConnectionForm
  onReload: (() => void) | undefined
  ref: Ref<HTMLDivElement>
}

/** Everything that is wrong, on top, each leading to its field. It takes the focus when no field can. */
export function ErrorSummary({ form, onReload, ref }: Props) {
  const { problem, errors } = form
  if (!problem) return null
  const titles = new Map([['alias', 'Alias'], ['schedule', 'Schedule'], ...form.fields.map((f): [string, string] => [f.path, f.title])])
  const placed = Object.entries(errors)
  const stray = (problem.fields ?? []).filter((f) => !placed.some(([path]) => f.field.startsWith(path)))
  return (
    <div ref={ref} role="alert" tabIndex={-1} className="rounded-md bg-bad-soft p-3 text-sm">
      <p className="font-medium text-bad">
        <Sentence>{statement(problem.message)}</Sentence>
      </p>
      {problem.remedy && (
        <p className="mt-1">
          <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
      {placed.length > 0 && (
        <ul className="mt-2 space-y-1">
          {placed.map(([path, message]) => (
            <li key={path}>
              <button
                type="button"
                onClick={() => document.getElementById(inputId(path))?.focus()}
                className="min-h-6 rounded text-left underline underline-offset-2"
              >
                <Text>{titles.get(path) ?? path}</Text>
              </button>
              : <Sentence>{statement(message)}</Sentence>
            </li>
          ))}
        </ul>
      )}
      {stray.map((field) => (
        <p key={field.field} className="mt-1">
          <Text>{titleOf(field.field)}</Text>: <Sentence>{statement(field.message)}</Sentence>
        </p>
      ))}
      {problem.code === 'conflict' && onReload && (
        <Button size="sm" asksAgent className="mt-2" onClick={onReload}>
          Load the current version
        </Button>
      )}
    </div>
  )
}

const titleOf = (field: string) => (field === 'revision' ? 'Version' : field)
