// Package provider asks a language model over plain HTTP, in one of two shapes:
//
//	openai     POST ADDRESS/v1/chat/completions, Authorization: Bearer KEY
//	anthropic  POST ADDRESS/v1/messages, x-api-key: KEY, anthropic-version
//
// Both answer with server-sent events. An answer counts only when the stream says that it
// has ended as it should; one that is cut off, stalls, runs into a limit or has another shape
// is a problem with a code of package aisummary and a remedy.
//
// The key goes to the address of the settings and nowhere else: a redirect is never followed,
// certificates are always checked, and HTTP without TLS is allowed to this machine alone. The
// company's proxy is used as everywhere (package company).
//
// The package keeps nothing. One call of Send has one goroutine, the watch on a stream that
// stalls, which ends with the call.
package provider
