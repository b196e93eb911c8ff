import { answer, client } from './client'
import type { SummaryEdit } from './types'

const of = (ref: string) => ({ params: { path: { ref } } })

/** Where the AI Summary of a connection stands. */
export const getSummary = (ref: string, signal?: AbortSignal) => answer(client.GET('/api/v1/connections/{ref}/summary', { ...of(ref), signal }))

/** Exactly what would be sent. */
export const previewSummary = (ref: string, signal?: AbortSignal) => answer(client.GET('/api/v1/connections/{ref}/summary/preview', { ...of(ref), signal }))

export const generateSummary = (ref: string) => answer(client.POST('/api/v1/connections/{ref}/summary', of(ref)))
export const cancelSummary = (ref: string) => answer(client.POST('/api/v1/connections/{ref}/summary/cancel', of(ref)))

/** Keeps a verdict; an empty one takes it back. */
export const rateSummary = (ref: string, body: { verdict: string; reason?: string }) =>
  answer(client.PUT('/api/v1/connections/{ref}/summary/feedback', { ...of(ref), body }))

export const getSummarySettings = (signal?: AbortSignal) => answer(client.GET('/api/v1/summary/settings', { signal }))
export const setSummarySettings = (body: SummaryEdit) => answer(client.PUT('/api/v1/summary/settings', { body }))
export const turnOffSummary = () => client.DELETE('/api/v1/summary/settings')

/** Asks the model of some settings for one word. */
export const testSummarySettings = (body: SummaryEdit) => answer(client.POST('/api/v1/summary/test', { body }))

/** Where every verdict can be downloaded, as JSON Lines. */
export const summaryFeedbackFile = '/api/v1/summary/feedback'
