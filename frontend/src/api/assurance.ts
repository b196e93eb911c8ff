import { answer, client } from './client'
import type { Actor } from './types'

export type ControlState = 'not_applicable' | 'failing' | 'stale' | 'unproven' | 'needs_evidence' | 'passing'
export type RequirementState = ControlState | 'uncovered'
export interface Line {
  kind: 'test' | 'evidence'
  id: string
  title: string
  state: string
  counts: boolean
  says?: ControlState
  why: string
  as_of?: string
  valid_until?: string
}
export interface RequirementRef { framework: string; id: string; title?: string; added?: boolean }
export interface Population {
  connection: string; alias: string; stream: string; kind: string; access_list: boolean; records: number; as_of?: string; complete: boolean; stale: boolean
  gaps?: string[]; tests: string[]
}
export interface Control {
  id: string; title: string; text: string; own: boolean; role?: string; owner?: string; applies: boolean
  applicability?: { applies: boolean; reason?: string; by: Actor; at: string }
  requirements: RequirementRef[]; evidence_required: boolean; state: ControlState; reason: string; lines: Line[]
  shown_by: 'tests' | 'evidence' | 'both' | 'nothing'; populations: Population[]; revision: number; updated_at?: string
}
export interface ControlEdit { owner?: string; applies?: boolean; reason?: string; evidence_required?: boolean; set_aside?: string[]; count_again?: string[] }
export type Counts = Record<RequirementState, number>
export interface Framework {
  id: string; title: string; version: string; licence: string; own: boolean; text?: { name: string; requirements: number; by: Actor; at: string }
  total: number; counts: Counts; share: { tests: number; evidence: number; both: number; nothing: number }; requirements: Requirement[]
}
export interface Requirement { id: string; title: string; text?: string; state: RequirementState; reason: string; controls: { id: string; title: string; state: ControlState }[] }
export interface Artifact {
  number: number; kind: 'file' | 'link' | 'ticket' | 'attestation'; file?: { name: string; type: string; bytes: number; sha256: string }
  link?: string; ticket?: string; statement?: string; collected_at: string; valid_until: string; by: Actor; at: string
}
export type EvidenceState = 'needs_artifact' | 'needs_renewal' | 'upcoming' | 'ready' | 'removed'
export interface Evidence {
  id: string; title: string; automated: boolean; kind?: string; state: EvidenceState; reason: string; owner?: string; controls: string[]
  renew_every_days?: number; latest?: Artifact; population?: Population; result?: string; versions: Artifact[]; revision: number
}

const any = client as unknown as { GET: (path: string, options?: object) => Promise<{ data?: never }>; PATCH: (path: string, options?: object) => Promise<{ data?: never }> }

/** The states of controls, those that need a person first. */
export const controlStates = ['failing', 'stale', 'unproven', 'needs_evidence', 'passing', 'not_applicable'] as const satisfies readonly ControlState[]

/** The states of requirements, those that need a person first. */
export const requirementStates = ['failing', 'stale', 'unproven', 'needs_evidence', 'uncovered', 'passing', 'not_applicable'] as const satisfies readonly RequirementState[]

/** The states of evidence, those that need a person first. */
export const evidenceStates = ['needs_artifact', 'needs_renewal', 'upcoming', 'ready', 'removed'] as const satisfies readonly EvidenceState[]

export const getControls = async (signal?: AbortSignal): Promise<Control[]> => (await answer<{ items: Control[] }>(any.GET('/api/v1/controls', { signal }))).items

export const getControl = (id: string, signal?: AbortSignal): Promise<Control> => answer<Control>(any.GET('/api/v1/controls/{id}', { params: { path: { id } }, signal }))

export const editControl = (id: string, revision: number, body: ControlEdit): Promise<Control> =>
  answer<Control>(any.PATCH('/api/v1/controls/{id}', { params: { path: { id }, header: { 'If-Match': String(revision) } }, body }))

export const getFrameworks = async (signal?: AbortSignal): Promise<Framework[]> => (await answer<{ items: Framework[] }>(any.GET('/api/v1/frameworks', { signal }))).items

export const getFramework = (id: string, signal?: AbortSignal): Promise<Framework> =>
  answer<Framework>(any.GET('/api/v1/frameworks/{id}', { params: { path: { id } }, signal }))

export const getEvidence = async (signal?: AbortSignal): Promise<Evidence[]> => (await answer<{ items: Evidence[] }>(any.GET('/api/v1/evidence', { signal }))).items
