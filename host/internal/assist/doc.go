// Package assist has the tools of assistants: questions that a client of a language model may ask for a person. Every tool
// reads and none writes, fetches or returns a secret.
//
// A Desk answers one call after the other. It looks up what the client may read, answers, and enters the call into the audit
// log before it gives the answer: a call that cannot be entered is not answered. Its state is the times of the latest calls of
// each client, in memory, for the limit of calls a minute; it ends with the process.
//
// What an answer says of other systems was written by others. Each text loses the characters that a terminal obeys or that a
// person cannot see, and is cut at a bound; the whole answer has a bound too. Personal fields are left out unless a person has
// let the client read them, and addresses in other texts are masked then.
package assist
