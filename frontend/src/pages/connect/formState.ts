import type { Problem } from '@/api/types'
import { ownerOf, type Value, type Values } from '@/lib/schemaForm'

export interface FormState {
  alias: string
  schedule: string
  owner: string
  values: Values
  /** Lines of the guide's prerequisites that are ticked. */
  prerequisites: readonly string[]
  /** Ids of the guide's steps that are done. */
  steps: readonly string[]
  /** What is wrong, by the path of the field. */
  errors: Record<string, string>
  problem: Problem | undefined
  /** Counts refusals: each moves the focus to what is wrong. */
  attempt: number
  busy: '' | 'check' | 'save'
  /** The settings of the last check that came to an end, as they were sent. */
  checked: { payload: string; passed: boolean }
}

export type FormAction =
  | { type: 'alias' | 'schedule' | 'owner'; value: string }
  | { type: 'tick'; of: 'prerequisites' | 'steps'; item: string; done: boolean }
  | { type: 'value'; path: string; value: Value }
  /** What a person entered is complete as far as the form can tell. */
  | { type: 'complete' }
  | { type: 'begin'; doing: 'check' | 'save' }
  | { type: 'end' }
  | { type: 'checked'; payload: string; passed: boolean }
  /** A check without an answer says nothing of any settings. */
  | { type: 'unchecked' }
  /** Own errors are of fields that the form itself found wrong; the rest is placed on the fields the host names. */
  | { type: 'refuse'; problem: Problem; own?: Record<string, string>; known: readonly string[] }

const unchecked = { payload: '', passed: false }

/** What a form begins with: as much as a person enters. */
export type Start = Pick<FormState, 'alias' | 'schedule' | 'owner' | 'values' | 'prerequisites' | 'steps'>

export const firstState = (start: Start): FormState => ({
  ...start, errors: {}, problem: undefined, attempt: 0, busy: '', checked: unchecked,
})

/** The form after an action. */
export function reduce(state: FormState, action: FormAction): FormState {
  switch (action.type) {
    case 'alias':
      return { ...state, alias: action.value }
    case 'schedule':
      return { ...state, schedule: action.value }
    case 'owner':
      return { ...state, owner: action.value }
    case 'tick': {
      const others = state[action.of].filter((item) => item !== action.item)
      return { ...state, [action.of]: action.done ? [...others, action.item] : others }
    }
    case 'value': // what was found of other settings says nothing of these
      return { ...state, values: { ...state.values, [action.path]: action.value }, checked: unchecked }
    case 'complete':
      return { ...state, errors: {}, problem: undefined }
    case 'begin':
      return { ...state, busy: action.doing }
    case 'end':
      return { ...state, busy: '' }
    case 'checked':
      return { ...state, checked: { payload: action.payload, passed: action.passed } }
    case 'unchecked':
      return { ...state, checked: unchecked }
    case 'refuse':
      return { ...state, errors: placed(action), problem: action.problem, attempt: state.attempt + 1 }
  }
}

function placed({ problem, own, known }: Extract<FormAction, { type: 'refuse' }>): Record<string, string> {
  const errors = { ...own }
  for (const { field, message } of problem.fields ?? []) {
    const owner = ownerOf(field, known)
    if (owner && !errors[owner]) errors[owner] = message
  }
  return errors
}
