// Package bundle makes the archive that a person sends to support: what the doctor found, versions, the configuration, runs and
// logs of connections that fail, and the figures. It asks a running host through its API like any client, so it cannot hold what
// the API does not tell, such as a secret. Every text is redacted besides: what looks like a credential, and addresses of persons.
//
// Gather returns the files with their sizes, so that a person sees them before Write writes anything.
package bundle
