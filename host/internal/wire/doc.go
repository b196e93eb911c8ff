// Package wire is the one door between a connector's messages and the host's values.
//
// Every message that a connector sends (DescribeResponse, CheckResponse,
// SyncResponse) passes Door.Admit before any other code reads it. Admit walks the
// whole message by reflection and holds each field against the table in bounds.go. A
// field that the table does not name gets the narrow default of its type, so a field
// added to the protocol cannot be forgotten; a test demands that the table names every
// field. Then Description, Problem and package source turn the admitted message into
// values of package host.
//
// Admit does four things with each field, in this order:
//
//  1. Secrets of the connection are replaced by •••• in every text, whatever field it
//     is in. Exceptions are a record's key and payload, which are the customer's data,
//     and the names of the streams that the host itself asked for.
//  2. Characters that a terminal obeys or that a person cannot see become escapes
//     (display.Visible). Text of several lines keeps its new lines.
//  3. Text that is too long is cut, and ends with "… (N more bytes dropped)". Names,
//     and everything in a description, are refused instead.
//  4. Numbers, times, durations, lists and maps out of bounds are refused.
//
// A refusal is a host.Problem with the code protocol.violation and the fault
// connector. It names the field, the value and the rule. It ends the connector's run,
// makes the check fail, or marks the connector as unusable; it concerns no other
// connector or connection.
//
// design.md lists the bounds; bounds.go has them field by field. What bounds a whole run
// is in the comments of packages source and intake.
package wire
