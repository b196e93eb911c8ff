/** The id of the input that belongs to a field path. */
export const inputId = (path: string) => `field-${path.replaceAll('.', '-')}`

/** Gives the input of a field the focus, also in a group that is folded. */
export function focusField(path: string) {
  const input = document.getElementById(inputId(path))
  input?.closest('details')?.setAttribute('open', '')
  input?.focus()
}
