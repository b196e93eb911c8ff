import { answer, client } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Control = Schemas['Control']
export type ControlEdit = Schemas['ControlEdit']
export type ControlState = Control['state']
export type Line = Schemas['ControlLine']
export type Population = Schemas['ControlPopulation']
export type RequirementRef = Schemas['ControlRequirementRef']
export type Framework = Schemas['ControlFramework']
export type Requirement = Schemas['ControlRequirement']
export type RequirementState = Requirement['state']
export type Counts = Schemas['ControlCounts']
export type Evidence = Schemas['ControlEvidence']
export type EvidenceState = Evidence['state']
export type Artifact = Schemas['ControlArtifact']
export type NewArtifact = Schemas['ControlNewArtifact']
export type EvidenceFile = Schemas['ControlFile']
export type NewEvidence = Schemas['ControlNewEvidence']

/** The states of controls, those that need a person first. */
export const controlStates = ['failing', 'stale', 'unproven', 'needs_evidence', 'passing', 'not_applicable'] as const satisfies readonly ControlState[]

/** The states of requirements, those that need a person first. */
export const requirementStates = ['failing', 'stale', 'unproven', 'needs_evidence', 'uncovered', 'passing', 'not_applicable'] as const satisfies readonly RequirementState[]

/** The states of evidence, those that need a person first. */
export const evidenceStates = ['needs_artifact', 'needs_renewal', 'upcoming', 'ready', 'removed'] as const satisfies readonly EvidenceState[]

export const getControls = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/controls', { signal }))).items

export const getControl = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/controls/{id}', { params: { path: { id } }, signal }))

export const editControl = (id: string, revision: number, body: ControlEdit) =>
  answer(client.PATCH('/api/v1/controls/{id}', { params: { path: { id }, header: { 'If-Match': String(revision) } }, body }))

export const getFrameworks = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/frameworks', { signal }))).items

export const getFramework = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/frameworks/{id}', { params: { path: { id } }, signal }))

export const getEvidence = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/evidence', { signal }))).items

/** Evidence that a person added, with every version of it. */
export const getOneEvidence = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/evidence/{id}', { params: { path: { id } }, signal }))

export const addEvidence = (body: NewEvidence) => answer(client.POST('/api/v1/evidence', { body }))

/** Gives evidence a new artifact; those before are kept. */
export const renewEvidence = ({ id, revision }: Evidence, body: NewArtifact) =>
  answer(client.POST('/api/v1/evidence/{id}/artifacts', { params: { path: { id }, header: { 'If-Match': String(revision) } }, body }))

/** Uploads a file, which an artifact then names. */
export const uploadEvidenceFile = (file: File) =>
  answer(
    client.POST('/api/v1/evidence-files', {
      params: { query: { name: file.name } },
      headers: { 'Content-Type': 'application/octet-stream' },
      body: file as unknown as string,
      bodySerializer: (body) => body as BodyInit,
    }),
  )

/** Where the file of an artifact is. */
export const evidenceFile = (id: string, number: number) => `/api/v1/evidence/${encodeURIComponent(id)}/artifacts/${number}/file`
