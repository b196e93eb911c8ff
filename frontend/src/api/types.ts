import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Problem = Schemas['Problem']
export type FieldError = Schemas['FieldError']
export type CategoryTitle = Schemas['CategoryTitle']
export type Connector = Schemas['Connector']
export type GuideStep = Schemas['GuideStep']
export type Step = Schemas['Step']
export type Run = Schemas['Run']
export type Contact = Schemas['Contact']
export type RunOutcome = Schemas['RunOutcome']
export type StreamStats = Schemas['StreamStats']
export type SecretInfo = Schemas['SecretInfo']
export type ConnectionStatus = Schemas['ConnectionStatus']
export type HeldRemoval = Schemas['HeldRemoval']
export type HostRecord = Schemas['Record']
export type Field = Schemas['Field']
export type RecordPage = Schemas['RecordPage']
export type Source = Schemas['Source']
export type Log = Schemas['Log']
export type Check = Schemas['Check']
export type Probe = Schemas['Probe']
export type HostEvent = Schemas['Event']
export type CheckRequest = Schemas['CheckRequest']

/** Whether a connector opens TCP connections by itself instead of through the link to its host. */
export const dialsItself = (connector: object): boolean => 'network_tcp' in connector && connector.network_tcp === true
