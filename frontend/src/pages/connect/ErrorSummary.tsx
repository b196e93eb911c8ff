import { Button } from '@/ui/Button'
import { inputId } from './inputId'
import type { ConnectionForm } from './useConnectionForm'

/** Everything that is wrong, on top, each leading to its field. */
export function ErrorSummary({ form, onReload }: { form: ConnectionForm; onReload: (() => void) | undefined }) {
  const { problem, errors } = form
  if (!problem) return null
  const titles = new Map([['alias', 'Alias'], ['schedule', 'Schedule'], ...form.fields.map((f): [string, string] => [f.path, f.title])])
  const placed = Object.entries(errors)
  const stray = (problem.fields ?? []).filter((f) => !placed.some(([path]) => f.field.startsWith(path)))
  return (
    <div role="alert" className="rounded-md bg-bad-soft p-3 text-sm">
      <p className="font-medium text-bad">{problem.message}</p>
      {problem.remedy && <p className="mt-1">{problem.remedy}</p>}
      {placed.length > 0 && (
        <ul className="mt-2 space-y-1">
          {placed.map(([path, message]) => (
            <li key={path}>
              <button
                type="button"
                onClick={() => document.getElementById(inputId(path))?.focus()}
                className="min-h-6 rounded text-left underline underline-offset-2"
              >
                {titles.get(path) ?? path}
              </button>
              : {message}
            </li>
          ))}
        </ul>
      )}
      {stray.map((field) => (
        <p key={field.field} className="mt-1">
          {field.field}: {field.message}
        </p>
      ))}
      {problem.code === 'conflict' && onReload && (
        <Button size="sm" className="mt-2" onClick={onReload}>
          Load the current version
        </Button>
      )}
    </div>
  )
}
