// Package request sends the requests of a run and says what their answers are.
//
// A Caller belongs to one session. Prepare makes a Call of a plan's request: its texts
// hold the values of the run. Send sends the call, signed in, and returns the Answer, or
// the error that the answer is: by the rules of the file, by the errors of GraphQL, or by
// the status.
package request
