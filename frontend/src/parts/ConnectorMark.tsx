import {
  Activity, Bug, Building2, ClipboardCheck, Cloud, CodeXml, FileCheck, Fingerprint, GitBranch, GraduationCap, KeyRound, Laptop, ListChecks, MessageSquare,
  PenLine, Plug, ScanEye, ScrollText, ShieldCheck, Umbrella, UserCheck, Users, Workflow, type LucideIcon,
} from 'lucide-react'
import { Mark } from '@/ui/Mark'

const glyphs: Record<string, LucideIcon> = {
  automation: Workflow,
  background_check: UserCheck,
  codebase: CodeXml,
  communication: MessageSquare,
  crm: Building2,
  cspm: ScanEye,
  custom: Plug,
  cyber_insurance: Umbrella,
  digital_signature: PenLine,
  edr: ShieldCheck,
  enterprise_sso: KeyRound,
  external_policy: ScrollText,
  hris: Users,
  identity: Fingerprint,
  infrastructure: Cloud,
  mdm: Laptop,
  observability: Activity,
  security_reviews: ClipboardCheck,
  security_training: GraduationCap,
  ticketing: ListChecks,
  user_access_review: FileCheck,
  version_control: GitBranch,
  vulnerability: Bug,
}

/** The sign of a category. */
export function CategoryGlyph({ category, size = 14 }: { category: string; size?: number }) {
  const Icon = glyphs[category] ?? Plug
  return <Icon size={size} aria-hidden className="shrink-0" />
}

/** The mark of a connector; a large one says its first category in its corner. */
export function ConnectorMark({ name, categories, size = 'md' }: { name: string; categories: readonly string[]; size?: 'md' | 'lg' | 'xl' }) {
  const [first] = categories
  return <Mark name={name} size={size} badge={size !== 'md' && first ? <CategoryGlyph category={first} size={11} /> : undefined} />
}
