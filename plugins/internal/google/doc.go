// Package google holds what the connectors for Google's APIs share: the key file of a service account
// and the tokens that it obtains, lists that a page token continues, what the errors of the APIs mean,
// and the documents of records.
package google
