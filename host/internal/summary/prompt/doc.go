// Package prompt writes what a language model is asked about a run that failed, and judges
// what it answers. It is pure: it sends nothing, stores nothing and reads no clock.
//
// Material  what the host knows of the run
// Private   values that must not leave the machine, and what hides secrets
// Prompt    the text to send, with what may be cited and where links may lead
// Redaction a value that was replaced by a placeholder such as ‹host-1›. The same value has
//
//	the same placeholder in one prompt. Placeholders of the connection and of hosts
//	are replaced back in an answer that passed; all others stay.
//
// Every text that a vendor, a connector or a person supplied is cut, shown without hidden
// characters, redacted, and written as a JSON string between two marker lines. A marker has
// a hash of what it encloses, so no text can contain its own. The instructions declare what
// is between the markers to be data.
//
// An answer passes when it is one JSON object that the schema allows, cites steps and lines
// that were sent and no others, holds no hidden character, no value of a secret, and no
// address outside the connector's documentation. Anything else is refused as a whole.
package prompt
