import { answer, client } from './client'
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Notification = Schemas['Notification']
export type Delivery = Schemas['Delivery']
export type Channel = Schemas['Channel']
export type ChannelBody = Schemas['ChannelBody']
export type Email = Schemas['Email']
export type Rules = Schemas['Rules']
export type RulesBody = Schemas['RulesBody']
export type Tested = Schemas['Tested']

export const getNotifications = async (limit: number, signal?: AbortSignal) =>
  (await answer(client.GET('/api/v1/notifications', { params: { query: { limit } }, signal }))).items

export const getChannels = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/notifications/channels', { signal }))).items

export const addChannel = (body: ChannelBody) => answer(client.POST('/api/v1/notifications/channels', { body }))

export const editChannel = ({ id, revision }: Pick<Channel, 'id' | 'revision'>, body: ChannelBody) =>
  answer(client.PUT('/api/v1/notifications/channels/{id}', { params: { path: { id }, header: { 'If-Match': revision > 0 ? String(revision) : undefined } }, body }))

export async function removeChannel(id: string) {
  await client.DELETE('/api/v1/notifications/channels/{id}', { params: { path: { id } } })
}

export const testChannel = (id: string) => answer(client.POST('/api/v1/notifications/channels/{id}/test', { params: { path: { id } } }))

export const getRules = (signal?: AbortSignal) => answer(client.GET('/api/v1/notifications/rules', { signal }))

export const setRules = (revision: number, body: RulesBody) =>
  answer(client.PUT('/api/v1/notifications/rules', { params: { header: { 'If-Match': revision > 0 ? String(revision) : undefined } }, body }))
