// Package display holds what may be shown of a text or a document that others wrote: hidden
// characters are escapes, personal data is masked, what is too long is cut, and no number is
// one that its readers take for infinity. It imports nothing of Plumbline.
package display
