// Package request sends the requests of a run and says what their answers are.
//
// A Caller belongs to one session. Prepare makes a Call of a plan's request: its texts
// have the values of the run. Send signs and sends the call and returns the Answer. The rules
// of the file, the errors of GraphQL, or the status can make the answer an error.
package request
