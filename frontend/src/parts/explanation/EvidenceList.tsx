import { Link } from 'wouter'
import type { Evidence } from '@/api/types'
import { connectionPath, runPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { statement } from '@/lib/words'
import { Text } from '@/ui/Text'
import { t } from '@/words'

/** What supports a cause. Each fact leads to the step, the line, the change or the connection that it is of. */
export function EvidenceList({ evidence, connection }: { evidence: Evidence[]; connection: { id: string; alias: string } }) {
  if (evidence.length === 0) return null
  return (
    <div>
      <h4 className="text-xs font-medium text-muted">{t('explanation.because')}</h4>
      <ul className="mt-1 space-y-1 text-sm">
        {evidence.map((one, i) => {
          const link = linkOf(one, connection)
          return (
            <li key={i} className="flex flex-wrap items-baseline gap-x-3" data-evidence={one.kind}>
              <span className={one.kind === 'line' ? 'min-w-0 font-mono text-xs break-all' : 'min-w-0'}>
                <Text>{one.kind === 'line' ? one.text : statement(one.text)}</Text>
              </span>
              {link && (
                <Link href={link.href} className="whitespace-nowrap text-accent hover:underline">
                  {link.title}
                </Link>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** Where a fact can be seen for oneself. */
function linkOf(one: Evidence, connection: { id: string; alias: string }): { href: string; title: string } | undefined {
  const query = (values: Record<string, string | number | undefined>) => {
    const given = Object.entries(values).flatMap(([name, value]) => (value ? [[name, String(value)]] : []))
    return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : ''
  }
  switch (one.kind) {
    case 'step':
      return one.run ? { href: runPath(one.run) + query({ step: one.step }), title: t('explanation.open.step') } : undefined
    case 'line':
      return one.run && one.line ? { href: runPath(one.run) + query({ line: one.line }), title: t('explanation.open.line', { line: one.line }) } : undefined
    case 'change':
      return one.entry ? { href: `${connectionPath(connection)}/activity`, title: t('explanation.open.change') } : undefined
    case 'run':
      return one.run ? { href: runPath(one.run), title: t('explanation.open.run') } : undefined
    case 'connection':
      return one.alias
        ? { href: connectionPath({ id: one.alias, alias: one.alias }), title: t('explanation.open.connection', { alias: visible(one.alias) }) }
        : undefined
    default:
      return undefined
  }
}
