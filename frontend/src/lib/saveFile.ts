import { saveText } from './save'

/** Hands a text to the person as a file. */
export const saveFile = (name: string, type: string, text: string) => saveText(name, `${type};charset=utf-8`, [text])
