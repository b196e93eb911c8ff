/** The id of the input that belongs to a field path. */
export const inputId = (path: string) => `field-${path.replaceAll('.', '-')}`
