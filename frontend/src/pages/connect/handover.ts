import type { Connector } from '@/api/types'
import { t } from '@/words'

/** The setup guide as Markdown for the person who has the rights: what to do and why, and where to enter it. No setting and no secret is in it. */
export function handoverOf(connector: Connector, link: string): string {
  const { guide, permissions } = connector
  const parts = [
    `# ${t('connect.handover.title', { name: connector.name })}`,
    t('connect.handover.lead', { name: connector.name }),
    guide.introduction,
    section(t('connect.stages.before'), guide.prerequisites.map((line) => `- [ ] ${line}`).join('\n')),
    section(
      t('connect.stages.permissions'),
      permissions.map((p) => `- \`${p.id}\`${p.optional ? ` (${t('connect.optional')})` : ''}: ${p.reason}`).join('\n'),
    ),
    ...guide.steps.map((step, i) => {
      const outcome = step.expected_outcome ? `\n\n**${t('connect.guide.outcome')}** ${step.expected_outcome}` : ''
      return `## ${i + 1}. ${step.title}\n\n${step.body}${outcome}`
    }),
    section(t('connect.guide.notes'), guide.notes.map((note) => `- ${note}`).join('\n')),
    link && section(t('connect.handover.where'), `${link}\n\n${t('connect.handover.secrets')}`),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

const section = (title: string, text: string) => (text ? `## ${title}\n\n${text}` : '')
