import { answer, client } from './client'
import type { components } from './schema.gen'
import type { Task } from './types'

export type Pack = components['schemas']['Pack']
export type PackFile = components['schemas']['PackFile']
export type PackKey = components['schemas']['PackKey']
export type PackRequest = components['schemas']['Request']

export const getPacks = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/evidence-packs', { signal }))).items

/** A pack, or a preview that was made lately, with its files. */
export const getPack = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/evidence-packs/{id}', { params: { path: { id } }, signal }))

/** Begins to make a pack, or a preview of one; the id of the task is the pack's. */
export const startPack = (body: PackRequest): Promise<Task> => answer(client.POST('/api/v1/evidence-packs', { body }))

export const deletePack = (id: string) => answer(client.DELETE('/api/v1/evidence-packs/{id}', { params: { path: { id } } }))

export const getPackKey = (signal?: AbortSignal) => answer(client.GET('/api/v1/evidence-packs/key', { signal }))

/** Where the file of a pack is. */
export const packFile = (id: string) => `/api/v1/evidence-packs/${encodeURIComponent(id)}/file`
